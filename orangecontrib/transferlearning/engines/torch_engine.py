"""Run a network with PyTorch, if Keras is set to it (``KERAS_BACKEND=torch``)."""

import numpy as np

from ..backbones.network import Network
from .engine import batch_memory_error, pad_batch, with_gpu_precision


def has_gpu() -> bool:
    """Return whether PyTorch has a GPU, which Keras then uses automatically."""
    import torch

    return torch.cuda.is_available()


def open_network(network: Network, batch_size: int, precision: str) -> "TorchEngine":
    """Compile a network with PyTorch.

    Raises
    ------
    SettingError
        Half precision was chosen without a GPU.
    """
    return TorchEngine(with_gpu_precision(network, precision, has_gpu(), "PyTorch"), batch_size)


class TorchEngine:
    """A network compiled with PyTorch."""

    title = "PyTorch"

    def __init__(self, network: Network, batch_size: int) -> None:
        import torch

        # Batches of images with their own sizes are small: filling them up would only cost time.
        self._batch_size = 0 if network.image_size is None else batch_size
        self._device = "cuda" if has_gpu() else "cpu"
        if network.image_size is None:
            # A traced network takes images of one size only.
            self._forward = network.model.eval()
            return
        images = torch.zeros((batch_size, *network.pixels_shape), dtype=torch.uint8, device=self._device)
        with torch.inference_mode():
            traced = torch.jit.trace(network.model.eval(), images, check_trace=False)
            self._forward = torch.jit.freeze(traced)

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute the features of uint8 images, float32 of shape (n_images, *feature_shape); see `Engine`."""
        import torch

        try:
            with torch.inference_mode():
                batch = torch.from_numpy(pad_batch(images, self._batch_size)).to(self._device)
                features = self._forward(batch)[: len(images)]
        except torch.cuda.OutOfMemoryError as error:
            raise batch_memory_error(len(images)) from error
        return features.float().cpu().numpy()
