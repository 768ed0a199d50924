"""Makes a whole Keras network with the weights asked for: pretrained, from a file, or random."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import squeezenet
from .backbones import Backbone
from .errors import SettingError, WeightsError
from .items import Callback
from .weights import download_weights

if TYPE_CHECKING:
    import keras

Weights = str | PathLike | None
"""``"imagenet"``, the path of a weights file or of a saved ``.keras`` model, or None for random ones."""


def layer_names(model: "keras.Model") -> tuple[str, ...]:
    """Names of the layers that a model can be cut at, from the input on."""
    import keras

    return tuple(layer.name for layer in model.layers if not isinstance(layer, keras.layers.InputLayer))


def output_of(model: "keras.Model", layer: str) -> tuple["keras.Model", Any]:
    """Find what a layer gives in a model; returns the model, which may be built anew around the same layers, and it."""
    import keras

    output = model.get_layer(layer).output
    try:
        keras.Model(model.inputs, output)
    except ValueError:
        # A model inside the model, whose `output` belongs to itself: call it here again and note what comes out.
        noted = []

        def call(called: "keras.Layer", *arguments: Any, **options: Any) -> Any:
            result = called(*arguments, **options)
            if called.name == layer:
                noted.append(result)
            return result

        model = keras.models.clone_model(model, clone_function=lambda same: same, call_function=call)
        output = noted[-1]
    return model, output


@dataclass(frozen=True)
class Loader:
    """What decides which network is made, of which a layer will be taken.

    Attributes
    ----------
    backbone : Backbone
    layer : str or None
        The layer that is wanted; None for the backbone's own.
    weights : {"imagenet", None} or path
    image_size : tuple of int or None
        (height, width) in pixels; None for the backbone's own, or a saved model's.
    seed : int
        Of random weights.
    callback : callable or None
        Told the fraction of a download done.
    """

    backbone: Backbone
    layer: str | None
    weights: Weights
    image_size: tuple[int, int] | None
    seed: int
    callback: Callback | None

    def load(self) -> "keras.Model":
        """Make the network.

        Raises
        ------
        SettingError, WeightsError
        """
        if self.weights is None:
            return self._random()
        if self.weights == "imagenet":
            return self._imagenet()
        path = Path(fspath(self.weights)).expanduser()
        if not path.is_file():
            raise WeightsError(f"There is no weights file {path}: give an existing file, 'imagenet' or none.")
        return self._saved(path) if path.suffix == ".keras" else self._from_file(path)

    @property
    def chosen_layer(self) -> str:
        """The layer that is wanted."""
        return self.layer or self.backbone.layer

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels, unless a saved model says otherwise."""
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
        if self.layer in self._names(top=False):
            return False
        names = self._names(top=True)
        if self.layer not in names:
            raise SettingError(_no_such_layer(self.layer, names, self.backbone.title))
        return True

    def _blank(self, top: bool, size: tuple[int, int] | None = None, weights: str | None = None) -> "keras.Model":
        height, width = size or self.size
        if min(height, width) < self.backbone.min_size:
            raise SettingError(
                f"{self.backbone.title} needs pictures of at least {self.backbone.min_size} x "
                f"{self.backbone.min_size} pixels, not {height} x {width}."
            )
        return _in_new_thread(self._function, include_top=top, weights=weights, input_shape=(height, width, 3))

    @property
    def _function(self) -> Callable[..., "keras.Model"]:
        import keras

        return getattr(keras.applications, self.backbone.name) if self.backbone.module else squeezenet.SqueezeNet

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
        top = self.backbone.weights_choice(self.top)
        download_weights(self.backbone, top, self.callback)
        try:
            model = self._blank(top, self.backbone.image_size, "imagenet")
        except Exception as error:  # Keras raises plain Exception when it rejects the file's hash
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
                f"The layer {self.chosen_layer} of {self.backbone.title} needs pictures of {height} x "
                f"{width} pixels: choose that size, or an earlier layer such as {self._last_map}."
            ) from None
        return resized

    def _names(self, top: bool) -> tuple[str, ...]:
        import keras

        def names() -> tuple[str, ...]:
            # Variables without values: even the largest network takes a second.
            with keras.StatelessScope(initialize_variables=False):
                return layer_names(self._function(include_top=top, weights=None))

        return _in_new_thread(names)

    @property
    def _last_map(self) -> str:
        return self._names(top=False)[-1]

    def _from_file(self, path: Path) -> "keras.Model":
        reasons = []
        for top in (True,) if self.top else (False, True):
            for size in dict.fromkeys((self.size, self.backbone.image_size)):
                model = self._blank(top, size)
                try:
                    _load_all_weights(model, path)
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
            shapes = [tuple(tensor.shape) for tensor in model.inputs]
        except (ValueError, OSError, KeyError, TypeError, ImportError, AttributeError) as error:
            raise WeightsError(f"{path} cannot be opened as a saved Keras model: {error}") from error
        if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][-1] != 3:
            raise WeightsError(
                f"{path} does not read pictures: its inputs have the shapes {shapes}, not (None, height, width, 3)."
            )
        if self.image_size not in (None, self.size_of(model)):
            raise SettingError("{} reads pictures of {} x {} pixels only.".format(path.name, *self.size_of(model)))
        if self.chosen_layer not in names:
            raise SettingError(_no_such_layer(self.chosen_layer, names, path.name))
        return model


def _load_all_weights(model: "keras.Model", path: Path) -> None:
    # Keras only warns of some weights that a file lacks, and leaves them random: mark them to find out.
    model.set_weights(
        [np.full_like(value, np.nan) if value.dtype.kind == "f" else value for value in model.get_weights()]
    )
    model.load_weights(path)
    missing = [weight.path for weight in model.weights if np.isnan(np.asarray(weight, "float32")).any()]
    if missing:
        raise ValueError(f"it lacks {len(missing)} of {len(model.weights)} weights, among them {missing[0]}")


def _in_new_thread(function: Callable, **arguments: Any) -> Any:
    # Keras numbers unnamed layers ("activation_7") anew in each thread: a new thread gives the same names always.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, **arguments).result()


def _no_such_layer(layer: str, names: tuple[str, ...], title: str) -> str:
    near = get_close_matches(layer, names, n=5, cutoff=0.5) or names[-5:]
    return f"{title} has no layer {layer!r}; it has {len(names)}, among them {', '.join(near)}."
