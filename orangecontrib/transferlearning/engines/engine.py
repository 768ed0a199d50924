"""The forward pass: chooses what runs a network, behind one interface."""

import importlib
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from ..backbones.network import Network
from ..errors import SettingError

ENGINES = ("auto", "tensorflow", "openvino")
"""What may run a network; "auto" is OpenVINO where it is installed and can, unless Keras is set to another backend than
TensorFlow, or TensorFlow has a GPU; else what Keras is set to."""

PRECISIONS = ("float32", "bfloat16", "float16")
"""Of the arithmetic inside the network; features are float32 always."""


class Engine(Protocol):
    """Runs one compiled network on batches of any size up to the one it was opened with.

    Attributes
    ----------
    title : str
        What runs it, for people: "OpenVINO", "TensorFlow", ...
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


def filled(images: np.ndarray, batch_size: int) -> np.ndarray:
    """Fill a batch up with black images, for engines that are compiled for one size only."""
    filling = np.zeros((max(0, batch_size - len(images)), *images.shape[1:]), images.dtype)
    return np.concatenate([images, filling]) if len(filling) else images


class UnfitError(SettingError):
    """An engine cannot run this network."""


def does_not_fit(n_images: int) -> MemoryError:
    """Say that a batch needs more memory than there is."""
    return MemoryError(f"{n_images} images at once do not fit into memory: lower the batch size.")


def lacks(precision: str, hardware: str) -> SettingError:
    """Say that a precision is not to be had."""
    return SettingError(f"{hardware} cannot compute in {precision}: choose the precision float32.")


def on_gpu(network: Network, precision: str, has_gpu: bool, backend: str) -> Network:
    """Give a network its precision, where half precision takes a GPU.

    Raises
    ------
    SettingError
        Half precision was asked for without a GPU.
    """
    if precision == "float32":
        return network
    if not has_gpu:
        raise lacks(precision, f"{backend} without a GPU")
    return network.with_precision(precision)


def check_choice(engine: str, precision: str) -> None:
    """Refuse names that are not among `ENGINES` and `PRECISIONS`, and engines that are not installed.

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
    """Compile a network with what Keras runs on in this process; its Keras model is not needed any more afterwards.

    Parameters
    ----------
    network : Network
    batch_size : int
        Images a call.
    precision : {"float32", "bfloat16", "float16"}

    Returns
    -------
    Engine

    Raises
    ------
    SettingError
        The hardware lacks the precision.
    TransferLearningError
        Another part of the process has switched TensorFlow's eager mode off.
    """
    import keras

    backend = keras.backend.backend()
    return importlib.import_module(f".{backend}_engine", __package__).open_network(network, batch_size, precision)
