"""Runs a network with JAX, where Keras runs on it (``KERAS_BACKEND=jax``)."""

import numpy as np

from ..backbones.network import Network
from .engine import does_not_fit, filled, on_gpu


def has_gpu() -> bool:
    """Whether JAX has a GPU, which it then uses by itself."""
    import jax

    return jax.default_backend() == "gpu"


def open_network(network: Network, batch_size: int, precision: str) -> "JaxEngine":
    """Compile a network.

    Raises
    ------
    SettingError
        Half precision was asked for without a GPU.
    """
    return JaxEngine(on_gpu(network, precision, has_gpu(), "JAX"), batch_size)


class JaxEngine:
    """A compiled network."""

    title = "JAX"

    def __init__(self, network: Network, batch_size: int) -> None:
        import jax

        model = network.model
        # Images of their own size come in batches of few.
        self._batch_size = 0 if network.image_size is None else batch_size
        self._weights = [
            [variable.value for variable in variables]
            for variables in (model.trainable_variables, model.non_trainable_variables)
        ]
        self._forward = jax.jit(lambda weights, x: model.stateless_call(*weights, x, training=False)[0])
        self._out_of_memory = jax.errors.JaxRuntimeError

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute features, float32 of shape (n_images, *feature_shape), of uint8 images; see `Engine`."""
        try:
            features = self._forward(self._weights, filled(images, self._batch_size))
            return np.asarray(features, np.float32)[: len(images)]
        except self._out_of_memory as error:
            if "RESOURCE_EXHAUSTED" not in str(error):
                raise
            raise does_not_fit(len(images)) from error
