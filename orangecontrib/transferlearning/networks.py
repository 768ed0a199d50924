"""Builds a Keras network from its record: weights loaded, cut at a layer, pooled into one vector a picture."""

import hashlib
import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import squeezenet
from .backbones import Backbone
from .errors import SettingError
from .items import Callback
from .loading import Loader, Weights, layer_names

if TYPE_CHECKING:
    import keras

POOLINGS = ("auto", "avg", "max", "flatten")
"""How a map of shape (height, width, channels) becomes a vector; "auto" averages it."""

# A name that no layer of the network has: an unnamed one could be called as one of its own is.
_POOLED = "pooled_features"

# Keras' naming state, Python's random state and model loading are not made for several threads at once.
_building = threading.Lock()


@dataclass(frozen=True, eq=False)
class Network:
    """A network from pixels to one vector a picture.

    Attributes
    ----------
    model : keras.Model
        Cut after `layer` and pooled; reads preprocessed float32 pixels of shape (n, height, width, 3).
    preprocess : callable
        From float32 RGB pixels (0-255) to what `model` reads.
    image_size : tuple of int
        (height, width) in pixels.
    layer : str
        The layer that it was cut at.
    layers : tuple of str
        Every layer that it could have been cut at, from the input on.
    """

    model: "keras.Model"
    preprocess: Callable[[Any], Any]
    image_size: tuple[int, int]
    layer: str
    layers: tuple[str, ...]

    @property
    def n_features(self) -> int:
        """Length of the vector."""
        return self.model.output_shape[-1]

    @cached_property
    def weights_sha256(self) -> str:
        """Hash of every weight's values, in the model's order."""
        digest = hashlib.sha256()
        for value in self.model.get_weights():
            digest.update(value.tobytes())
        return digest.hexdigest()


def build_network(
    backbone: Backbone,
    *,
    layer: str | None = None,
    pooling: str = "auto",
    weights: Weights = "imagenet",
    image_size: tuple[int, int] | None = None,
    seed: int = 0,
    callback: Callback | None = None,
) -> Network:
    """Build a backbone with its weights, cut it at a layer, and pool what comes out.

    Parameters
    ----------
    backbone : Backbone
    layer : str, optional
        Where to cut; by default where the backbone's own classifier reads.
    pooling : {"auto", "avg", "max", "flatten"}
        What makes a vector of a map; vectors stay as they are.
    weights : {"imagenet", None} or path
    image_size : tuple of int, optional
        (height, width) in pixels; by default the backbone's own, or that of a saved model.
    seed : int
        Of random weights.
    callback : callable, optional
        Called with the fraction of a weights download done; may raise `Cancelled`.

    Returns
    -------
    Network

    Raises
    ------
    SettingError
        No such layer, pooling or legal picture size.
    WeightsError
        Weights are missing or do not fit.
    """
    if pooling not in POOLINGS:
        raise SettingError(f"Pooling must be one of {', '.join(POOLINGS)}, not {pooling!r}.")
    loader = Loader(backbone, layer, weights, image_size, seed, callback)
    with _building:
        return _cut(loader, pooling)


def _cut(loader: Loader, pooling: str) -> Network:
    import keras

    model = loader.load()
    layer = loader.chosen_layer
    output = model.get_layer(layer).output
    if isinstance(output, list | tuple):
        raise SettingError(f"The layer {layer} has several outputs; choose another.")
    pooled = keras.Model(model.inputs, _pool(output, pooling))
    return Network(pooled, _preprocess_of(loader.backbone), loader.size_of(model), layer, layer_names(model))


def _pool(x: Any, pooling: str) -> Any:
    from keras import layers

    if len(x.shape) == 2:
        return x
    if pooling == "flatten":
        return layers.Flatten(name=_POOLED)(x)
    if len(x.shape) != 4:
        raise SettingError(f"A layer of output shape {x.shape[1:]} is no map; use pooling 'flatten'.")
    return (layers.GlobalMaxPooling2D if pooling == "max" else layers.GlobalAveragePooling2D)(name=_POOLED)(x)


def _preprocess_of(backbone: Backbone) -> Callable[[Any], Any]:
    if not backbone.module:
        return squeezenet.preprocess_input
    return importlib.import_module(f"keras.applications.{backbone.module}").preprocess_input
