"""Load a whole Keras network with the chosen weights: pretrained, from a file, or random."""

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
from . import efficientnet
from .backbone import Backbone
from .layers import layer_names, set_weights
from .preprocessing import AUTO, NONE, READING_PIXELS, check_preprocessing, network_module, scales_pixels
from .saved_models import open_saved, read_about
from .weights_download import download_weights
from .weights_file import check_weights_file, known_misfit, load_all_weights

if TYPE_CHECKING:
    import keras


Weights = str | PathLike | None
"""The weights of a network: "imagenet", the path of a weights file or saved ``.keras`` model, or None for random."""

OWN_SIZE = "own"
"""The image size that leaves images at their own size."""

ImageSize = tuple[int, int] | str | None
"""(height, width) in pixels, `OWN_SIZE`, or None for the size of the network."""


def find_weights_file(weights: Weights) -> Path | None:
    """Return the user's file with the weights; None for ImageNet and random weights.

    Raises
    ------
    WeightsError
        There is no such file.
    """
    if weights in (None, "imagenet"):
        return None
    path = Path(fspath(weights)).expanduser()
    if not path.is_file():
        raise WeightsError(f"There is no weights file {fspath(weights)!r}: give an existing file, 'imagenet' or none.")
    return path


def is_saved_model(weights: Weights) -> bool:
    """Return whether the weights are a saved model: a whole network of its own."""
    return weights not in (None, "imagenet") and fspath(weights).endswith(".keras")


# Keras compares the sizes of maps while it builds these modules' networks: built without sizes, they do not run.
_COMPARING_SIZES = {"nasnet"}


@dataclass(frozen=True)
class Loader:
    """The settings that a network is loaded with.

    Attributes
    ----------
    backbone : Backbone
    layers : tuple of str or None
        The layers that will be used; () for the backbone's own layer; None for the network without its classifier.
    weights : {"imagenet", None} or path
    image_size : tuple of int, OWN_SIZE or None
        (height, width) in pixels; None for the backbone's own, or a saved model's.
    seed : int
        Seed of random weights.
    callback : callable or None
        Called with the fraction of the download that is done.
    preprocessing : str
        "none", "0-1", the name of a network, or "auto": that of the backbone, unless a saved model scales pixels.
    """

    backbone: Backbone
    layers: tuple[str, ...] | None
    weights: Weights
    image_size: ImageSize
    seed: int
    callback: Callback | None
    preprocessing: str = AUTO

    def load(self) -> "keras.Model":
        """Load the network.

        Raises
        ------
        SettingError, WeightsError
        """
        check_preprocessing(self.preprocessing)
        path = find_weights_file(self.weights)
        if is_saved_model(self.weights):
            return self._from_saved_model(path)
        if self.size is None:
            self._check_any_size()
        if path:
            return self._from_weights_file(path)
        return self._with_random_weights() if self.weights is None else self._with_imagenet_weights()

    def preprocessing_of(self, model: "keras.Model") -> str:
        """Return the preprocessing of a loaded model: "none", "0-1" or the name of a network."""
        choice = check_preprocessing(self.preprocessing)
        if choice == AUTO and is_saved_model(self.weights):
            choice = read_about(self.weights).get("preprocessing", AUTO)
            if choice == AUTO and scales_pixels(model) and self.backbone.module not in READING_PIXELS:
                choice = NONE
        return self.backbone.name if choice == AUTO else choice

    @property
    def chosen_layers(self) -> tuple[str, ...]:
        """Names of the layers that will be used."""
        return () if self.layers is None else self.layers or (self.backbone.layer,)

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width) in pixels, unless a saved model has another size; None for images of any size."""
        return None if self.image_size == OWN_SIZE else self.image_size or self.backbone.image_size

    def size_of(self, model: "keras.Model") -> tuple[int, int] | None:
        """Return the image size of a model; a size that a saved model leaves open is the chosen one."""
        height, width = model.input_shape[1:3]
        if self.size is None and height is None and width is None:
            return None
        default = self.size or self.backbone.image_size
        return (height or default[0], width or default[1])

    @property
    def top(self) -> bool:
        """True if a chosen layer is part of the classifier, so that its weights are needed too."""
        if self.chosen_layers == (self.backbone.layer,):
            return self.backbone.layer_in_top
        if not self.chosen_layers:
            return False
        if set(self.chosen_layers) <= set(self._names(top=False)):
            return False
        names = self._names(top=True)
        for layer in self.chosen_layers:
            if layer not in names:
                raise SettingError(unknown_layer_message(layer, names, self.backbone.title))
        return True

    def _build(self, top: bool, size: tuple[int, int] | None = None, weights: str | None = None) -> "keras.Model":
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

        module = network_module(self.backbone) if self.backbone.package else keras.applications
        return getattr(module, self.backbone.name)

    def _with_random_weights(self) -> "keras.Model":
        model = self._build(self.top)
        model.set_weights(_random_weights(model, self.seed))
        return model

    def _with_imagenet_weights(self) -> "keras.Model":
        top = self.backbone.uses_top_weights(self.top)
        download_weights(self.backbone, top, self.callback)
        try:
            model = self._build(top, self.backbone.image_size, "imagenet")
        except Exception as error:  # Keras raises a plain Exception if the file's hash is wrong
            raise WeightsError(
                f"The ImageNet weights of {self.backbone.title} cannot be loaded: {first_line(error)}"
            ) from error
        return self._resized(model)

    def _resized(self, model: "keras.Model") -> "keras.Model":
        """Return a network of the chosen size with the same weights, without the classifier if it is not needed."""
        if self.size_of(model) == self.size:
            return model
        resized = self._build(self.top)
        if efficientnet.has_scaling(model):
            resized = efficientnet.with_scaling(resized)
        try:
            set_weights(resized, model.get_weights()[: len(resized.weights)])
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
            raise SettingError(f"{part} needs images that all have one size: {choice}.")

    def _takes_any_size(self, top: bool) -> bool:
        if self.backbone.module in _COMPARING_SIZES:
            return False
        try:
            self._names(top, input_shape=(None, None, 3))
        except ValueError:
            # Most classifiers cannot be built without an image size.
            return False
        return True

    def _names(self, top: bool, **arguments: Any) -> tuple[str, ...]:
        import keras

        def names() -> tuple[str, ...]:
            # Without values for the variables, even the largest network is built in a second.
            with keras.StatelessScope(initialize_variables=False):
                model = self._function(include_top=top, weights=None, **arguments)
                names = layer_names(model)
                if self.backbone.module == "efficientnet" and self.weights is not None:
                    names += (efficientnet.SCALING,)
                return names

        return _in_new_thread(names)

    @property
    def _last_map(self) -> str:
        return self._names(top=False)[-1]

    def _from_weights_file(self, path: Path) -> "keras.Model":
        check_weights_file(path)
        reasons = []
        for top in (True,) if self.top else (False, True):
            for size in dict.fromkeys((self.size or self.backbone.image_size, self.backbone.image_size)):
                model = self._build(top, size)
                try:
                    load_all_weights(model, path)
                except Exception as error:  # noqa: BLE001 - a damaged file can raise anything
                    reasons.append(known_misfit(error) or first_line(error))
                else:
                    if efficientnet.needs_scaling(self.backbone, model):
                        model = efficientnet.with_scaling(model)
                    elif efficientnet.SCALING in self.chosen_layers:
                        names = layer_names(model)
                        raise SettingError(unknown_layer_message(efficientnet.SCALING, names, self.backbone.title))
                    return self._resized(model)
        raise WeightsError(f"{path} does not hold weights that fit {self.backbone.title}: {reasons[0]}")

    def _from_saved_model(self, path: Path) -> "keras.Model":
        backbone = read_about(path).get("backbone", self.backbone.name)
        if backbone != self.backbone.name:
            raise SettingError(f"{path.name} is a fine-tuned {backbone}: name that backbone, not {self.backbone.name}.")
        model = open_saved(path)
        if self.image_size is not None and self.size != self.size_of(model):
            raise SettingError("{} reads images of {} x {} pixels only.".format(path.name, *self.size_of(model)))
        names = layer_names(model)
        for layer in self.chosen_layers:
            if layer not in names and not self.layers:
                outer = [name for name in names if "/" not in name]
                inner = [name for name in names if "/" in name]
                hint = f", or of a model inside it, such as {inner[-1]}" if inner else ""
                raise SettingError(f"Name the layer of {path.name} to read, one of {', '.join(outer)}{hint}.")
            if layer not in names:
                raise SettingError(unknown_layer_message(layer, names, path.name))
        return model


def _random_weights(model: "keras.Model", seed: int) -> list[np.ndarray]:
    """Draw the weights of a model with NumPy, so that they are the same on every backend of Keras.

    Kernels are uniform with the variance of He et al. (arXiv:1502.01852), which keeps features as large as
    pixels at any depth of the network; biases and normalization keep Keras' initial values.
    """
    generator = np.random.default_rng(seed)
    first_vectors = iter(_read_vectors([weight for weight in model.weights if len(weight.shape) < 2]))
    return [
        next(first_vectors) if len(weight.shape) < 2 else _random_kernel(weight.shape, generator)
        for weight in model.weights
    ]


def _read_vectors(weights: list["keras.Variable"]) -> list[np.ndarray]:
    """Read the values of vectors all at once, as Keras on OpenVINO compiles a model for each initial value."""
    from keras import ops

    values = ops.convert_to_numpy(ops.concatenate([ops.reshape(weight, (-1,)) for weight in weights]))
    ends = np.cumsum([np.prod(weight.shape, dtype=int) for weight in weights])
    return [part.reshape(weight.shape) for part, weight in zip(np.split(values, ends[:-1]), weights, strict=True)]


def _random_kernel(shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    # The last axis is the output; in a depthwise convolution, each output reads one channel only.
    n_inputs = np.prod(shape[:2] if len(shape) == 4 and shape[-1] == 1 else shape[:-1])
    return (2 * generator.random(shape, np.float32) - 1) * np.float32(np.sqrt(6 / n_inputs))


def _in_new_thread(function: Callable, **arguments: Any) -> Any:
    # Keras numbers unnamed layers ("activation_7") separately in each thread: in a new thread, names never change.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, **arguments).result()


def unknown_layer_message(layer: str, names: tuple[str, ...], title: str) -> str:
    """Return the message that a network has no layer of this name, with the names that are most similar."""
    similar = get_close_matches(layer, names, n=5, cutoff=0.5) or names[-5:]
    return f"{title} has no layer {layer!r}; it has {len(names)}, among them {', '.join(similar)}."
