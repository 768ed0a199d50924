"""Runs a network with PyTorch, where Keras runs on it (``KERAS_BACKEND=torch``)."""

import numpy as np

from ..backbones.network import Network
from .engine import does_not_fit, filled, on_gpu


def has_gpu() -> bool:
    """Whether PyTorch has a GPU, which Keras then uses by itself."""
    import torch

    return torch.cuda.is_available()


def open_network(network: Network, batch_size: int, precision: str) -> "TorchEngine":
    """Compile a network.

    Raises
    ------
    SettingError
        Half precision was asked for without a GPU.
    """
    return TorchEngine(on_gpu(network, precision, has_gpu(), "PyTorch"), batch_size)


class TorchEngine:
    """A compiled network."""

    title = "PyTorch"

    def __init__(self, network: Network, batch_size: int) -> None:
        import torch

        # Images of their own size come in batches of few.
        self._batch_size = 0 if network.image_size is None else batch_size
        self._device = "cuda" if has_gpu() else "cpu"
        if network.image_size is None:
            # A trace would hold for one size only.
            self._forward = network.model.eval()
            return
        images = torch.zeros((batch_size, *network.pixels_shape), dtype=torch.uint8, device=self._device)
        with torch.inference_mode():
            traced = torch.jit.trace(network.model.eval(), images, check_trace=False)
            self._forward = torch.jit.freeze(traced)

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute features, float32 of shape (n_images, *feature_shape), of uint8 images; see `Engine`."""
        import torch

        try:
            with torch.inference_mode():
                batch = torch.from_numpy(filled(images, self._batch_size)).to(self._device)
                features = self._forward(batch)[: len(images)]
        except torch.cuda.OutOfMemoryError as error:
            raise does_not_fit(len(images)) from error
        return features.float().cpu().numpy()
