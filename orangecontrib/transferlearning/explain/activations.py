"""Compute the outputs of several layers for one image in one pass."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones.backbone import Backbone
from ..backbones.layers import find_layer, layer_names, layer_outputs, main_layers, output_shape
from ..backbones.libraries import check_eager, check_keras
from ..backbones.loading import ImageSize, Loader, Weights
from ..backbones.network import add_preprocessing, build_lock
from ..backbones.preprocessing import AUTO
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
    preprocessing: str = AUTO,
    callback: Callback | None = None,
) -> dict[str, np.ndarray]:
    """Compute the outputs of layers for an image.

    Parameters
    ----------
    location : str, PathLike or ndarray
        The image.
    backbone : Backbone
    layers : sequence of str or None
        Names of layers; () for the backbone's default layer, None for the layers that `main_layers` returns.
    weights, image_size, seed, preprocessing, callback
        As for `build_network`.
    steps : sequence of Step
        Steps that change the image before it is resized.

    Returns
    -------
    dict of str to ndarray, float32
        Outputs by layer, in the given order: maps of shape (height, width, channels) or vectors of shape (n_values,).

    Raises
    ------
    ImageReadError
        The image cannot be read.
    SettingError
        There is no such layer, or the network does not take this image size.
    WeightsError
        Weights are missing or do not fit.
    """
    settings = {"weights": weights, "image_size": image_size, "seed": seed, "preprocessing": preprocessing}
    opened = open_layers(backbone, layers, **settings, callback=callback)
    return opened.compute(read_image(location, opened.image_size, steps=steps), layers)


class LayeredNetwork:
    """A loaded network that computes the outputs of any of its layers.

    Parameters
    ----------
    loader : Loader
        The loader that made the model.
    model : keras.Model
    """

    def __init__(self, loader: Loader, model: Any) -> None:
        self._loader = loader
        self._model = model
        self._cut: tuple[tuple[str, ...], Any] | None = None

    @property
    def image_size(self) -> tuple[int, int] | None:
        """(height, width) in pixels of its images; None if they may have any size."""
        return self._loader.size_of(self._model)

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """Shapes of the outputs of all layers with a single output, for one image."""
        shapes = {name: output_shape(find_layer(self._model, name)) for name in layer_names(self._model)}
        return {name: shape for name, shape in shapes.items() if shape is not None}

    def compute(self, pixels: np.ndarray, layers: Sequence[str] | None = ()) -> dict[str, np.ndarray]:
        """Compute the outputs of layers for an image.

        Parameters
        ----------
        pixels : ndarray of shape (height, width, 3), uint8
            RGB, of `image_size`.
        layers : sequence of str or None
            As for `compute_layers`.

        Returns
        -------
        dict of str to ndarray, float32
            Outputs by layer, in the given order.

        Raises
        ------
        SettingError
            There is no such layer, or the image is too small.
        """
        import keras

        backbone = self._loader.backbone
        if min(pixels.shape[:2]) < backbone.min_size:
            raise SettingError(
                f"The image is {pixels.shape[0]} x {pixels.shape[1]} pixels, and {backbone.title} needs at least "
                f"{backbone.min_size} x {backbone.min_size}: choose an image size."
            )
        names = main_layers(self._model) if layers is None else tuple(dict.fromkeys(layers or (backbone.layer,)))
        # `predict` compiles the model, which takes longer than one image.
        outputs = keras.tree.flatten(self._cut_model(tuple(names))(pixels[None], training=False))
        arrays = map(keras.ops.convert_to_numpy, outputs)
        return {name: array[0].astype(np.float32) for name, array in zip(names, arrays, strict=True)}

    def _cut_model(self, names: tuple[str, ...]) -> Any:
        import keras

        # Keep the last model for other images.
        if self._cut is None or self._cut[0] != names:
            with build_lock:
                model, outputs = layer_outputs(self._model, names)
                preprocessing = self._loader.preprocessing_of(self._model)
                self._cut = names, add_preprocessing(self._loader, keras.Model(model.inputs, outputs), preprocessing)
        return self._cut[1]


def open_layers(
    backbone: Backbone,
    layers: Sequence[str] | None = (),
    *,
    weights: Weights = "imagenet",
    image_size: ImageSize = None,
    seed: int = 0,
    preprocessing: str = AUTO,
    callback: Callback | None = None,
) -> LayeredNetwork:
    """Load a network for `LayeredNetwork`; the parameters are those of `compute_layers`.

    The classifier is loaded only if one of the layers is in it.

    Raises
    ------
    SettingError, WeightsError
    """
    check_keras()
    check_eager()
    loader = Loader(
        backbone, None if layers is None else tuple(layers), weights, image_size, seed, callback, preprocessing
    )
    with build_lock:
        return LayeredNetwork(loader, loader.load())
