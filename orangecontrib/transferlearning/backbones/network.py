"""Build a Keras network from its record: load its weights, cut it at a layer, pool to one vector per image."""

import hashlib
import threading
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SettingError
from ..records import Callback
from .backbone import Backbone
from .layers import layer_names, layer_outputs, leaf_layers
from .libraries import check_keras
from .loading import OWN_SIZE, ImageSize, Loader, Weights
from .preprocessing import AUTO, preprocess_function

if TYPE_CHECKING:
    import keras


POOLINGS = ("auto", "avg", "max", "flatten", "none")
"""Ways to turn a map of shape (height, width, channels) into a vector; "auto" averages, "none" leaves it a map."""

# No layer of a network has this name; the automatic name of the pooling layer could be that of another layer.
_POOLED = "pooled_features"

# Keras' layer names, Python's random state and model loading are not thread-safe.
build_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Network:
    """A network from pixels to one vector per image, and facts about it.

    Attributes
    ----------
    model : keras.Model or None
        Preprocessing, layers up to `layer` and pooling in one graph: uint8 RGB pixels of shape (n, height, width, 3)
        in, float32 features of shape (n, *feature_shape) out. None once an engine has taken it over.
    image_size : tuple of int or None
        (height, width) in pixels; None if it takes images of any size.
    layer : str
        The layer that the network is cut at.
    layers : tuple of str
        Every layer that the network can be cut at, in order from the input.
    feature_shape : tuple of int or None
        (n_features,) of a vector, or (height, width, channels) of a map; its height and width are None if they depend
        on the image.
    weights_sha256 : str
        SHA-256 of the values of all weights up to `layer`, in the model's order.
    preprocessing : str
        What is done with pixels before the network: "none", "0-1" (they are divided by 255), or as for the network
        of this name.
    keras : str
        Version of Keras that built it.
    """

    model: "keras.Model | None" = field(repr=False)
    image_size: tuple[int, int] | None
    layer: str
    layers: tuple[str, ...]
    feature_shape: tuple[int | None, ...]
    weights_sha256: str
    preprocessing: str
    keras: str = field(default_factory=lambda: version("keras"))

    @property
    def n_features(self) -> int:
        """Length of the vector, or number of channels of the map."""
        return self.feature_shape[-1]

    @property
    def pixels_shape(self) -> tuple[int | None, int | None, int]:
        """(height, width, 3) of the images that it takes; None stands for any number."""
        return (*(self.image_size or (None, None)), 3)

    def with_precision(self, precision: str) -> "Network":
        """Return the network with its arithmetic in "bfloat16" or "float16" and its features in float32.

        The Keras model is changed in place; other models of the process stay as they are.
        """
        import keras

        policy = keras.DTypePolicy(f"mixed_{precision}")
        for layer in leaf_layers(self.model):
            layer.dtype_policy = policy
        pixels = keras.Input(self.pixels_shape, dtype="uint8")
        return replace(self, model=keras.Model(pixels, keras.ops.cast(self.model(pixels), "float32")))


def build_network(
    backbone: Backbone,
    *,
    layer: str | None = None,
    pooling: str = "auto",
    weights: Weights = "imagenet",
    image_size: ImageSize = None,
    seed: int = 0,
    preprocessing: str = AUTO,
    callback: Callback | None = None,
) -> Network:
    """Build a backbone with its weights, cut it at a layer, and pool the output.

    Parameters
    ----------
    backbone : Backbone
    layer : str, optional
        Layer to cut at; by default the one that the backbone's own classifier reads.
    pooling : {"auto", "avg", "max", "flatten", "none"}
        The way to turn a map into a vector; vectors stay as they are, and with "none" maps too.
    weights : {"imagenet", None} or path
    image_size : tuple of int or "own", optional
        (height, width) in pixels; by default the backbone's own, or that of a saved model; "own" for images of any
        size.
    seed : int
        Seed of random weights.
    preprocessing : str
        "none", "0-1" (pixels are divided by 255), the name of a network, or "auto": that of the backbone, unless
        `weights` are a saved model that scales pixels itself.
    callback : callable, optional
        Called with the fraction of the weights download that is done; may raise `Cancelled`.

    Returns
    -------
    Network

    Raises
    ------
    SettingError
        The layer, pooling or image size is impossible.
    WeightsError
        The weights are missing or do not fit.
    """
    if pooling not in POOLINGS:
        raise SettingError(f"Pooling must be one of {', '.join(POOLINGS)}, not {pooling!r}.")
    if pooling == "flatten" and image_size == OWN_SIZE:
        raise SettingError("Images of different sizes give flat maps of different lengths: pool by avg, max or none.")
    check_keras()
    loader = Loader(backbone, (layer,) if layer else (), weights, image_size, seed, callback, preprocessing)
    with build_lock:
        return _cut(loader, pooling)


def _cut(loader: Loader, pooling: str) -> Network:
    model = loader.load()
    pooled, preprocessing = cut_model(loader, model, pooling), loader.preprocessing_of(model)
    return Network(
        add_preprocessing(loader, pooled, preprocessing),
        loader.size_of(model),
        loader.chosen_layers[0],
        layer_names(model),
        tuple(pooled.output_shape[1:]),
        hash_weights(pooled),
        preprocessing,
    )


def cut_model(loader: Loader, model: "keras.Model", pooling: str) -> "keras.Model":
    """Cut a loaded model at its one chosen layer, and pool: the result takes preprocessed pixels and gives features."""
    import keras

    model, (output,) = layer_outputs(model, loader.chosen_layers)
    return keras.Model(model.inputs, _pool(output, pooling))


def add_preprocessing(loader: Loader, model: "keras.Model", preprocessing: str) -> "keras.Model":
    """Add preprocessing to a model, by its name in `Network`, so that it takes uint8 RGB pixels, 0-255."""
    import keras

    pixels = keras.Input((*(loader.size_of(model) or (None, None)), 3), dtype="uint8")
    prepared = preprocess_function(preprocessing)(keras.ops.cast(pixels, "float32"))
    # Layers that augment images do so unless they are told not to.
    return keras.Model(pixels, model(prepared, training=False))


def hash_weights(model: "keras.Model") -> str:
    """Return the SHA-256 of all weights in the model's order; it is the same on every backend of Keras."""
    digest = hashlib.sha256()
    for value in model.get_weights():
        # Integers have 32 bits on one backend, and 64 on another.
        digest.update((value.astype(np.int64) if value.dtype.kind in "iu" else value).tobytes())
    return digest.hexdigest()


def _pool(x: Any, pooling: str) -> Any:
    from keras import layers

    if len(x.shape) == 2 or pooling == "none":
        return x
    if pooling == "flatten":
        return layers.Flatten(name=_POOLED)(x)
    if len(x.shape) != 4:
        raise SettingError(f"A layer of output shape {x.shape[1:]} is not a map: choose the pooling flatten or none.")
    return (layers.GlobalMaxPooling2D if pooling == "max" else layers.GlobalAveragePooling2D)(name=_POOLED)(x)
