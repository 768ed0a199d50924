"""Run a network with JAX, if Keras is set to it (``KERAS_BACKEND=jax``)."""

import numpy as np

from ..backbones.network import Network
from .engine import batch_memory_error, pad_batch, with_gpu_precision


def has_gpu() -> bool:
    """Return whether JAX has a GPU, which it then uses automatically."""
    import jax

    return jax.default_backend() == "gpu"


def open_network(network: Network, batch_size: int, precision: str) -> "JaxEngine":
    """Compile a network with JAX.

    Raises
    ------
    SettingError
        Half precision was chosen without a GPU.
    """
    return JaxEngine(with_gpu_precision(network, precision, has_gpu(), "JAX"), batch_size)


class JaxEngine:
    """A network compiled with JAX."""

    title = "JAX"

    def __init__(self, network: Network, batch_size: int) -> None:
        import jax

        model = network.model
        # Batches of images with their own sizes are small: filling them up would only cost time.
        self._batch_size = 0 if network.image_size is None else batch_size
        self._weights = [
            [variable.value for variable in variables]
            for variables in (model.trainable_variables, model.non_trainable_variables)
        ]
        self._forward = jax.jit(lambda weights, x: model.stateless_call(*weights, x, training=False)[0])
        self._out_of_memory = jax.errors.JaxRuntimeError

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute the features of uint8 images, float32 of shape (n_images, *feature_shape); see `Engine`."""
        try:
            features = self._forward(self._weights, pad_batch(images, self._batch_size))
            return np.asarray(features, np.float32)[: len(images)]
        except self._out_of_memory as error:
            if "RESOURCE_EXHAUSTED" not in str(error):
                raise
            raise batch_memory_error(len(images)) from error
