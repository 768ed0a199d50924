"""The interface of all engines, and the choice of the one that runs a network."""

import importlib
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from ..backbones.network import Network
from ..errors import SettingError
from ..plurals import pl

ENGINES = ("auto", "tensorflow", "openvino")
"""Names of the engines. "auto" is OpenVINO if it is installed and can run the network, unless Keras is set to JAX or
PyTorch or TensorFlow has a GPU; else it is the backend that Keras is set to."""

PRECISIONS = ("float32", "bfloat16", "float16")
"""Precisions of the arithmetic inside the network; features are always float32."""


class Engine(Protocol):
    """A compiled network that takes batches of any size up to the one it was opened with.

    Attributes
    ----------
    title : str
        Name that users see: "OpenVINO", "TensorFlow", ...
    """

    title: str

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute features, float32 of shape (n_images, *feature_shape).

        Parameters
        ----------
        images : ndarray of shape (n_images, height, width, 3)
            uint8, RGB.

        Raises
        ------
        MemoryError
            The batch does not fit.
        """


def pad_batch(images: np.ndarray, batch_size: int) -> np.ndarray:
    """Fill a batch up with black images, for engines that are compiled for one batch size only."""
    padding = np.zeros((max(0, batch_size - len(images)), *images.shape[1:]), images.dtype)
    return np.concatenate([images, padding]) if len(padding) else images


class UnfitError(SettingError):
    """An engine cannot run this network."""


def batch_memory_error(n_images: int) -> MemoryError:
    """Return the error that a batch needs more memory than there is."""
    images = f"{n_images} {pl(n_images, 'image')} at once {pl(n_images, 'does|do')}"
    return MemoryError(f"{images} not fit into memory: lower the batch size.")


def precision_error(precision: str, hardware: str) -> SettingError:
    """Return the error that the hardware does not have a precision."""
    return SettingError(f"{hardware} cannot compute in {precision}: choose the precision float32.")


def with_gpu_precision(network: Network, precision: str, has_gpu: bool, backend: str) -> Network:
    """Return a network in the chosen precision; half precision needs a GPU.

    Raises
    ------
    SettingError
        Half precision was chosen without a GPU.
    """
    if precision == "float32":
        return network
    if not has_gpu:
        raise precision_error(precision, f"{backend} without a GPU")
    return network.with_precision(precision)


def check_choice(engine: str, precision: str) -> None:
    """Check that the names are among `ENGINES` and `PRECISIONS`, and that the engine is installed.

    Raises
    ------
    SettingError
    """
    if engine not in ENGINES:
        raise SettingError(f"The engine must be one of {', '.join(ENGINES)}, not {engine!r}.")
    if precision not in PRECISIONS:
        raise SettingError(f"The precision must be one of {', '.join(PRECISIONS)}, not {precision!r}.")
    if engine == "openvino" and not find_spec("openvino"):
        raise SettingError('OpenVINO is not installed: `pip install openvino`, or choose the engine "tensorflow".')


def open_engine(network: Network, batch_size: int, precision: str) -> Engine:
    """Compile a network with the backend of Keras in this process; its Keras model is not needed afterwards.

    Parameters
    ----------
    network : Network
    batch_size : int
        Images per call.
    precision : {"float32", "bfloat16", "float16"}

    Returns
    -------
    Engine

    Raises
    ------
    SettingError
        The hardware does not have the precision.
    TransferLearningError
        Another part of this process has switched TensorFlow's eager mode off.
    """
    import keras

    backend = keras.backend.backend()
    return importlib.import_module(f".{backend}_engine", __package__).open_network(network, batch_size, precision)
