"""Makes a whole Keras network with the weights asked for: pretrained, from a file, or random."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SettingError, WeightsError, first_line
from ..records import Callback
from . import squeezenet
from .backbone import Backbone
from .layers import layer_names
from .saved_models import load_all_weights, open_saved, read_about
from .weights_download import download_weights

if TYPE_CHECKING:
    import keras


Weights = str | PathLike | None
"""``"imagenet"``, the path of a weights file or of a saved ``.keras`` model, or None for random ones."""

OWN_SIZE = "own"
"""In place of an image size: images are not resized."""

ImageSize = tuple[int, int] | str | None
"""(height, width) in pixels, `OWN_SIZE`, or None for the network's own."""


def find_weights_file(weights: Weights) -> Path | None:
    """Find the file that weights are to come from; None where they come from none of the user's.

    Raises
    ------
    WeightsError
        It is not there.
    """
    if weights in (None, "imagenet"):
        return None
    path = Path(fspath(weights)).expanduser()
    if not path.is_file():
        raise WeightsError(f"There is no weights file {path}: give an existing file, 'imagenet' or none.")
    return path


# While Keras builds it, it compares the sizes of maps to decide which to shrink: built without, it does not run.
_COMPARING_SIZES = {"nasnet"}


@dataclass(frozen=True)
class Loader:
    """What decides which network is made, of which a layer will be taken.

    Attributes
    ----------
    backbone : Backbone
    layers : tuple of str or None
        The layers that are wanted; none for the backbone's own. None for whatever there is without the classifier.
    weights : {"imagenet", None} or path
    image_size : tuple of int, OWN_SIZE or None
        (height, width) in pixels; None for the backbone's own, or a saved model's.
    seed : int
        Of random weights.
    callback : callable or None
        Told the fraction of a download done.
    """

    backbone: Backbone
    layers: tuple[str, ...] | None
    weights: Weights
    image_size: ImageSize
    seed: int
    callback: Callback | None

    def load(self) -> "keras.Model":
        """Make the network.

        Raises
        ------
        SettingError, WeightsError
        """
        path = find_weights_file(self.weights)
        if path and path.suffix == ".keras":
            return self._saved(path)
        if self.size is None:
            self._check_any_size()
        if path:
            return self._from_file(path)
        return self._random() if self.weights is None else self._imagenet()

    @property
    def chosen_layers(self) -> tuple[str, ...]:
        """The layers that are wanted."""
        return () if self.layers is None else self.layers or (self.backbone.layer,)

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width) in pixels, unless a saved model says otherwise; None for images of any size."""
        return None if self.image_size == OWN_SIZE else self.image_size or self.backbone.image_size

    def size_of(self, model: "keras.Model") -> tuple[int, int] | None:
        """The image size of a model, which a saved one may leave open."""
        height, width = model.input_shape[1:3]
        if self.size is None and height is None and width is None:
            return None
        usual = self.size or self.backbone.image_size
        return (height or usual[0], width or usual[1])

    @property
    def top(self) -> bool:
        """Whether a layer is part of the classifier, so that its weights are needed too."""
        if self.chosen_layers == (self.backbone.layer,):
            return self.backbone.layer_in_top
        if not self.chosen_layers:
            return False
        if set(self.chosen_layers) <= set(self._names(top=False)):
            return False
        names = self._names(top=True)
        for layer in self.chosen_layers:
            if layer not in names:
                raise SettingError(no_such_layer(layer, names, self.backbone.title))
        return True

    def _blank(self, top: bool, size: tuple[int, int] | None = None, weights: str | None = None) -> "keras.Model":
        height, width = size or self.size or (None, None)
        if height and min(height, width) < self.backbone.min_size:
            raise SettingError(
                f"{self.backbone.title} needs images of at least {self.backbone.min_size} x "
                f"{self.backbone.min_size} pixels, not {height} x {width}."
            )
        return _in_new_thread(self._function, include_top=top, weights=weights, input_shape=(height, width, 3))

    @property
    def _function(self) -> Callable[..., "keras.Model"]:
        import keras

        return getattr(keras.applications, self.backbone.name) if self.backbone.module else squeezenet.SqueezeNet

    def _random(self) -> "keras.Model":
        model = self._blank(self.top)
        model.set_weights(_random_weights(model, self.seed))
        return model

    def _imagenet(self) -> "keras.Model":
        top = self.backbone.weights_choice(self.top)
        download_weights(self.backbone, top, self.callback)
        try:
            model = self._blank(top, self.backbone.image_size, "imagenet")
        except Exception as error:  # Keras raises plain Exception when it rejects the file's hash
            raise WeightsError(
                f"The ImageNet weights of {self.backbone.title} cannot be loaded: {first_line(error)}"
            ) from error
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
                f"The layer {self.chosen_layers[-1]} of {self.backbone.title} needs images of {height} x "
                f"{width} pixels: choose that size, or an earlier layer such as {self._last_map}."
            ) from None
        return resized

    def _check_any_size(self) -> None:
        top, title = self.top, self.backbone.title
        if not self._takes_any_size(top):
            choice = "choose an image size"
            if top and self._takes_any_size(False):
                choice += f", or an earlier layer such as {self._last_map}"
            part = f"The layer {self.chosen_layers[-1]} of {title}" if top else title
            raise SettingError(f"{part} needs images that all have one size, not their own: {choice}.")

    def _takes_any_size(self, top: bool) -> bool:
        if self.backbone.module in _COMPARING_SIZES:
            return False
        try:
            self._names(top, input_shape=(None, None, 3))
        except ValueError:
            # Keras wants to know the size before it builds most classifiers.
            return False
        return True

    def _names(self, top: bool, **arguments: Any) -> tuple[str, ...]:
        import keras

        def names() -> tuple[str, ...]:
            # Variables without values: even the largest network takes a second.
            with keras.StatelessScope(initialize_variables=False):
                return layer_names(self._function(include_top=top, weights=None, **arguments))

        return _in_new_thread(names)

    @property
    def _last_map(self) -> str:
        return self._names(top=False)[-1]

    def _from_file(self, path: Path) -> "keras.Model":
        reasons = []
        for top in (True,) if self.top else (False, True):
            for size in dict.fromkeys((self.size or self.backbone.image_size, self.backbone.image_size)):
                model = self._blank(top, size)
                try:
                    load_all_weights(model, path)
                except (ValueError, OSError, KeyError, TypeError) as error:
                    reasons.append(first_line(error))
                else:
                    return self._resized(model)
        raise WeightsError(f"{path} does not hold weights that fit {self.backbone.title}: {reasons[0]}")

    def _saved(self, path: Path) -> "keras.Model":
        tuned = read_about(path).get("backbone", self.backbone.name)
        if tuned != self.backbone.name:
            raise SettingError(f"{path.name} is a fine-tuned {tuned}: name that backbone, not {self.backbone.name}.")
        model = open_saved(path)
        if self.image_size is not None and self.size != self.size_of(model):
            raise SettingError("{} reads images of {} x {} pixels only.".format(path.name, *self.size_of(model)))
        names = layer_names(model)
        for layer in self.chosen_layers:
            if layer not in names:
                raise SettingError(no_such_layer(layer, names, path.name))
        return model


def _random_weights(model: "keras.Model", seed: int) -> list[np.ndarray]:
    """Draw the weights of a model with NumPy, so that Keras on any backend gets the same.

    Kernels are uniform with the variance of He et al. (arXiv:1502.01852), which keeps features at the size of pixels
    however deep the network is; biases and normalization stay as Keras begins with them.
    """
    chance = np.random.default_rng(seed)
    first_vectors = iter(_read_vectors([weight for weight in model.weights if len(weight.shape) < 2]))
    return [
        next(first_vectors) if len(weight.shape) < 2 else _random_kernel(weight.shape, chance)
        for weight in model.weights
    ]


def _read_vectors(weights: list["keras.Variable"]) -> list[np.ndarray]:
    """Read the values of vectors at once, as Keras on OpenVINO compiles something for each one that nobody has set."""
    from keras import ops

    values = ops.convert_to_numpy(ops.concatenate([ops.reshape(weight, (-1,)) for weight in weights]))
    ends = np.cumsum([np.prod(weight.shape, dtype=int) for weight in weights])
    return [part.reshape(weight.shape) for part, weight in zip(np.split(values, ends[:-1]), weights, strict=True)]


def _random_kernel(shape: tuple[int, ...], chance: np.random.Generator) -> np.ndarray:
    # The last axis is what is given; in a depthwise convolution each channel is read by itself.
    n_read = np.prod(shape[:2] if len(shape) == 4 and shape[-1] == 1 else shape[:-1])
    return (2 * chance.random(shape, np.float32) - 1) * np.float32(np.sqrt(6 / n_read))


def _in_new_thread(function: Callable, **arguments: Any) -> Any:
    # Keras numbers unnamed layers ("activation_7") anew in each thread: a new thread gives the same names always.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, **arguments).result()


def no_such_layer(layer: str, names: tuple[str, ...], title: str) -> str:
    """Say that a network has no layer of this name, and which it has that are spelt alike."""
    near = get_close_matches(layer, names, n=5, cutoff=0.5) or names[-5:]
    return f"{title} has no layer {layer!r}; it has {len(names)}, among them {', '.join(near)}."
