"""What several layers of a network give for one picture, computed in one go."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .backbones import Backbone
from .errors import SettingError
from .images import read_image
from .items import Callback, Location
from .layers import main_layers, outputs_of
from .loading import ImageSize, Loader, Weights
from .networks import building, check_keras, from_pixels

if TYPE_CHECKING:
    from .steps import Step


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
    """Compute what layers give for a picture.

    Parameters
    ----------
    location : str, PathLike or ndarray
        The picture.
    backbone : Backbone
    layers : sequence of str or None
        Names of layers; none for the backbone's own. None for a walk through the network, as `layers.main_layers`
        chooses it.
    weights, image_size, seed, callback
        As for `networks.build_network`.
    steps : sequence of Step
        What changes the picture before it is resized.

    Returns
    -------
    dict of str to ndarray, float32
        By layer, in the order asked for: maps of shape (height, width, channels) or vectors of shape (n_values,).

    Raises
    ------
    ImageReadError
        The picture cannot be read.
    SettingError
        No such layer, or a picture size that it does not take.
    WeightsError
        Weights are missing or do not fit.
    """
    import keras

    check_keras()
    loader = Loader(backbone, None if layers is None else tuple(layers), weights, image_size, seed, callback)
    with building:
        model = loader.load()
        names = main_layers(model) if layers is None else list(dict.fromkeys(loader.chosen_layers))
        size = loader.size_of(model)
        whole = from_pixels(loader, _giving(model, names))
    pixels = read_image(location, size, steps=steps)
    if size is None and min(pixels.shape[:2]) < backbone.min_size:
        raise SettingError(
            f"The picture is {pixels.shape[0]} x {pixels.shape[1]} pixels, and {backbone.title} needs at least "
            f"{backbone.min_size} x {backbone.min_size}: choose an image size."
        )
    # Not by `predict`, which compiles: that takes longer than one picture does.
    outputs = map(keras.ops.convert_to_numpy, keras.tree.flatten(whole(pixels[None], training=False)))
    return {name: output[0].astype(np.float32) for name, output in zip(names, outputs, strict=True)}


def _giving(model: Any, names: Sequence[str]) -> Any:
    import keras

    model, outputs = outputs_of(model, names)
    return keras.Model(model.inputs, outputs)
