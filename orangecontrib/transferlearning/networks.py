"""Builds a Keras network from its record: weights loaded, cut at a layer, pooled into one vector a picture."""

import hashlib
import importlib
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import squeezenet
from .backbones import Backbone
from .errors import SettingError, WeightsError
from .items import Callback
from .weights import download_weights

if TYPE_CHECKING:
    import keras

POOLINGS = ("auto", "avg", "max", "flatten")
"""How a map of shape (height, width, channels) becomes a vector; "auto" averages it."""

Weights = str | PathLike | None
"""``"imagenet"``, the path of a weights file or of a saved ``.keras`` model, or None for random ones."""

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
    make = _Maker(backbone, layer, weights, image_size, seed, callback)
    with _building:
        return _cut(make, pooling)


def _cut(make: "_Maker", pooling: str) -> Network:
    import keras

    model = make.model()
    layer = make.layer or make.backbone.layer
    output = model.get_layer(layer).output
    if isinstance(output, list | tuple):
        raise SettingError(f"The layer {layer} has several outputs; choose another.")
    pooled = keras.Model(model.inputs, _pool(output, pooling))
    return Network(pooled, _preprocess_of(make.backbone), make.size_of(model), layer, layer_names(model))


def layer_names(model: "keras.Model") -> tuple[str, ...]:
    """Names of the layers that a model can be cut at, from the input on."""
    import keras

    return tuple(layer.name for layer in model.layers if not isinstance(layer, keras.layers.InputLayer))


def _pool(x: Any, pooling: str) -> Any:
    from keras import layers

    if pooling == "flatten" or len(x.shape) == 2:
        return layers.Flatten()(x)
    if len(x.shape) != 4:
        raise SettingError(f"A layer of output shape {x.shape[1:]} is no map; use pooling 'flatten'.")
    return (layers.GlobalMaxPooling2D if pooling == "max" else layers.GlobalAveragePooling2D)()(x)


def _preprocess_of(backbone: Backbone) -> Callable[[Any], Any]:
    if not backbone.module:
        return squeezenet.preprocess_input
    return importlib.import_module(f"keras.applications.{backbone.module}").preprocess_input


@dataclass(frozen=True)
class _Maker:
    """Makes the whole network, of which a layer will be taken."""

    backbone: Backbone
    layer: str | None
    weights: Weights
    image_size: tuple[int, int] | None
    seed: int
    callback: Callback | None

    def model(self) -> "keras.Model":
        if self.weights is None:
            return self._random()
        if self.weights == "imagenet":
            return self._imagenet()
        path = Path(fspath(self.weights)).expanduser()
        if not path.is_file():
            raise WeightsError(f"There is no weights file {path}: give an existing file, 'imagenet' or none.")
        return self._saved(path) if path.suffix == ".keras" else self._from_file(path)

    @property
    def size(self) -> tuple[int, int]:
        return self.image_size or self.backbone.image_size

    def size_of(self, model: "keras.Model") -> tuple[int, int]:
        """The picture size of a model, which a saved one may leave open."""
        height, width = model.input_shape[1:3]
        return (height or self.size[0], width or self.size[1])


    @property
    def top(self) -> bool:
        """Whether the layer is part of the classifier, so that its weights are needed too."""
        if self.layer in (None, self.backbone.layer):
            return self.backbone.layer_in_top
        if self.layer in layer_names(self._blank(top=False)):
            return False
        names = layer_names(self._blank(top=True))
        if self.layer not in names:
            raise SettingError(_no_such_layer(self.layer, names, self.backbone.title))
        return True

    def _blank(self, top: bool, size: tuple[int, int] | None = None, weights: str | None = None) -> "keras.Model":
        import keras

        function = getattr(keras.applications, self.backbone.name) if self.backbone.module else squeezenet.SqueezeNet
        height, width = size or self.size
        if min(height, width) < self.backbone.min_size:
            raise SettingError(
                f"{self.backbone.title} needs pictures of at least {self.backbone.min_size} x "
                f"{self.backbone.min_size} pixels, not {height} x {width}."
            )
        # Keras numbers unnamed layers ("activation_7") anew in each thread: a new thread gives the same names always.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(function, include_top=top, weights=weights, input_shape=(height, width, 3)).result()

    def _random(self) -> "keras.Model":
        top = self.top
        # Keras seeds its initialisers from Python's own generator, which belongs to the user: borrow it.
        state = random.getstate()
        random.seed(self.seed)
        try:
            return self._blank(top)
        finally:
            random.setstate(state)

    def _imagenet(self) -> "keras.Model":
        top = self.top
        download_weights(self.backbone, top, self.callback)
        try:
            model = self._blank(top, self.backbone.image_size, "imagenet")
        except Exception as error:  # noqa: BLE001 - Keras raises plain Exception when it rejects the file's hash
            raise WeightsError(f"The ImageNet weights of {self.backbone.title} cannot be loaded: {error}") from error
        return self._resized(model)

    def _resized(self, model: "keras.Model") -> "keras.Model":
        """The same weights in a network of the asked size, without the classifier where it is not needed."""
        if self.size_of(model) == self.size:
            return model
        resized = self._blank(self.top)
        try:
            resized.set_weights(model.get_weights()[: len(resized.weights)])
        except ValueError:
            height, width = self.backbone.image_size
            raise SettingError(
                f"The layer {self.layer or self.backbone.layer} of {self.backbone.title} needs pictures of {height} x "
                f"{width} pixels: choose that size, or an earlier layer such as {self.backbone.stages[-3]}."
            ) from None
        return resized

    def _from_file(self, path: Path) -> "keras.Model":
        reasons = []
        for top in (True,) if self.top else (False, True):
            for size in dict.fromkeys((self.size, self.backbone.image_size)):
                model = self._blank(top, size)
                try:
                    model.load_weights(path)
                except (ValueError, OSError, KeyError, TypeError) as error:
                    reasons.append(str(error))
                else:
                    return self._resized(model)
        raise WeightsError(f"{path} does not hold weights that fit {self.backbone.title}: {reasons[0]}")

    def _saved(self, path: Path) -> "keras.Model":
        import keras

        try:
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
            names = layer_names(model)
            n_inputs, channels = len(model.inputs), model.input_shape[-1]
        except (ValueError, OSError, KeyError, TypeError, ImportError, AttributeError) as error:
            raise WeightsError(f"{path} cannot be opened as a saved Keras model: {error}") from error
        if n_inputs != 1 or channels != 3:
            raise WeightsError(f"{path} does not read pictures: it has {n_inputs} inputs, the first of {channels} channels.")
        if self.image_size not in (None, self.size_of(model)):
            raise SettingError("{} reads pictures of {} x {} pixels only.".format(path.name, *self.size_of(model)))
        if (self.layer or self.backbone.layer) not in names:
            raise SettingError(_no_such_layer(self.layer or self.backbone.layer, names, path.name))
        return model


def _no_such_layer(layer: str, names: tuple[str, ...], title: str) -> str:
    near = get_close_matches(layer, names, n=5, cutoff=0.5) or names[-5:]
    return f"{title} has no layer {layer!r}; it has {len(names)}, among them {', '.join(near)}."
