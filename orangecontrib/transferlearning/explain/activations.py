"""Compute the outputs of several layers for one image in one pass."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones.backbone import Backbone
from ..backbones.layers import layer_names, layer_outputs, main_layers
from ..backbones.libraries import check_eager, check_keras
from ..backbones.loading import ImageSize, Loader, Weights
from ..backbones.network import add_preprocessing, build_lock
from ..errors import SettingError
from ..images.reading import read_image
from ..records import Callback, Location

if TYPE_CHECKING:
    from ..images.steps import Step


def compute_layers(
    location: Location,
    backbone: Backbone,
    layers: Sequence[str] | None = (),
    *,
    weights: Weights = "imagenet",
    image_size: ImageSize = None,
    steps: "Sequence[Step]" = (),
    seed: int = 0,
    callback: Callback | None = None,
) -> dict[str, np.ndarray]:
    """Compute what layers give for an image.

    Parameters
    ----------
    location : str, PathLike or ndarray
        The image.
    backbone : Backbone
    layers : sequence of str or None
        Names of layers; none for the backbone's own. None for a walk through the network, as `layers.main_layers`
        chooses it.
    weights, image_size, seed, callback
        As for `network.build_network`.
    steps : sequence of Step
        What changes the image before it is resized.

    Returns
    -------
    dict of str to ndarray, float32
        By layer, in the order asked for: maps of shape (height, width, channels) or vectors of shape (n_values,).

    Raises
    ------
    ImageReadError
        The image cannot be read.
    SettingError
        No such layer, or an image size that it does not take.
    WeightsError
        Weights are missing or do not fit.
    """
    opened = open_layers(backbone, layers, weights=weights, image_size=image_size, seed=seed, callback=callback)
    return opened.compute(read_image(location, opened.image_size, steps=steps), layers)


class LayeredNetwork:
    """A network that is kept, to give what one or another layer makes of an image.

    Parameters
    ----------
    loader : Loader
        That made the model.
    model : keras.Model
    """

    def __init__(self, loader: Loader, model: Any) -> None:
        self._loader = loader
        self._model = model
        self._cut: tuple[tuple[str, ...], Any] | None = None

    @property
    def image_size(self) -> tuple[int, int] | None:
        """(height, width) in pixels of the images that it takes; None where any will do."""
        return self._loader.size_of(self._model)

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """Shapes of what its layers give for an image, from the input on; of those with one output."""
        outputs = {name: self._model.get_layer(name).output for name in layer_names(self._model)}
        return {name: tuple(output.shape[1:]) for name, output in outputs.items() if hasattr(output, "shape")}

    def compute(self, pixels: np.ndarray, layers: Sequence[str] | None = ()) -> dict[str, np.ndarray]:
        """Compute what layers give for an image.

        Parameters
        ----------
        pixels : ndarray of shape (height, width, 3), uint8
            RGB, of `image_size`.
        layers : sequence of str or None
            As for `compute_layers`.

        Returns
        -------
        dict of str to ndarray, float32
            By layer, in the order asked for.

        Raises
        ------
        SettingError
            No such layer, or an image that is too small.
        """
        import keras

        backbone = self._loader.backbone
        if min(pixels.shape[:2]) < backbone.min_size:
            raise SettingError(
                f"The image is {pixels.shape[0]} x {pixels.shape[1]} pixels, and {backbone.title} needs at least "
                f"{backbone.min_size} x {backbone.min_size}: choose an image size."
            )
        names = main_layers(self._model) if layers is None else tuple(dict.fromkeys(layers or (backbone.layer,)))
        # Not by `predict`, which compiles: that takes longer than one image does.
        outputs = keras.tree.flatten(self._giving(tuple(names))(pixels[None], training=False))
        arrays = map(keras.ops.convert_to_numpy, outputs)
        return {name: array[0].astype(np.float32) for name, array in zip(names, arrays, strict=True)}

    def _giving(self, names: tuple[str, ...]) -> Any:
        import keras

        # The last one is kept for other images.
        if self._cut is None or self._cut[0] != names:
            with build_lock:
                model, outputs = layer_outputs(self._model, names)
                self._cut = names, add_preprocessing(self._loader, keras.Model(model.inputs, outputs))
        return self._cut[1]


def open_layers(
    backbone: Backbone,
    layers: Sequence[str] | None = (),
    *,
    weights: Weights = "imagenet",
    image_size: ImageSize = None,
    seed: int = 0,
    callback: Callback | None = None,
) -> LayeredNetwork:
    """Open a network to look into; the parameters are those of `compute_layers`.

    Only what is needed for these layers is loaded: without the classifier, where none of them is in it.

    Raises
    ------
    SettingError, WeightsError
    """
    check_keras()
    check_eager()
    loader = Loader(backbone, None if layers is None else tuple(layers), weights, image_size, seed, callback)
    with build_lock:
        return LayeredNetwork(loader, loader.load())
