"""Predict which of ImageNet's classes images show, with probabilities."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..backbones.imagenet import N_CLASSES, imagenet_classes
from ..backbones.loading import Weights
from ..backbones.registry import find_backbone
from ..backbones.saved_models import last_layer
from ..errors import SettingError
from ..records import Callback, Skipped
from ..sources.opening import Images
from .embedder import Embedder
from .predictions import Prediction, read_all, stream_predictions

_TOLERANCE = 0.05
"""Largest difference between 1 and the sum of an image's probabilities, enough for the rounding of bfloat16."""


def classes_layer(backbone: str, weights: Weights = "imagenet") -> str:
    """Return the name of the layer that gives the probabilities of the classes.

    Parameters
    ----------
    backbone : str
    weights : {"imagenet", None} or path
        In a whole saved ``.keras`` model, the layer is the last one.

    Raises
    ------
    UnknownBackboneError, WeightsError
    """
    record = find_backbone(backbone)
    if weights not in (None, "imagenet"):
        path = Path(weights).expanduser()
        if path.suffix == ".keras":
            return last_layer(path)
    return record.classes_layer


def stream_imagenet_classes(
    embedder: Embedder, images: Images, top: int = 5, callback: Callback | None = None
) -> Iterator[Prediction | Skipped]:
    """Predict the classes of images batch by batch; those that cannot be read come out with the reason.

    Parameters
    ----------
    embedder : Embedder
        An embedder with the layer that `classes_layer` returns.
    images, callback
        See `Embedder.stream`.
    top : int
        Number of classes for each image.

    Yields
    ------
    Prediction or Skipped
        Every image once, batch by batch; in each batch, the skipped images come last.

    Raises
    ------
    SettingError
        The layer does not give the probabilities of ImageNet's 1000 classes.
    """
    if embedder.n_features != N_CLASSES:
        raise SettingError(
            f"ImageNet has {N_CLASSES} classes, but the layer {embedder.network.layer} gives {embedder.n_features} "
            "numbers: give weights of the whole network, trained on ImageNet."
        )

    def decide(features: np.ndarray) -> np.ndarray:
        _check_probabilities(features, embedder.network.layer)
        return features

    names, wordnet_ids = zip(*((each.name, each.wordnet_id) for each in imagenet_classes()), strict=True)
    yield from stream_predictions(embedder, images, names, top, callback, decide=decide, wordnet_ids=wordnet_ids)


def predict_classes(
    images: Images,
    backbone: str = "SqueezeNet",
    top: int = 5,
    *,
    weights: Weights = "imagenet",
    callback: Callback | None = None,
    **settings: Any,
) -> list[Prediction]:
    """Predict which of ImageNet's classes images show; one that cannot be read is an error.

    Parameters
    ----------
    images, callback
        See `Embedder.stream`.
    backbone, weights, **settings
        See `Embedder`; `layer` and `pooling` are fixed.
    top : int
        Number of classes for each image.

    Returns
    -------
    list of Prediction
        One prediction per image, in order.

    Raises
    ------
    ImageReadError
        An image cannot be read; the message names it and says why.
    SettingError
        The weights are of a network that does not give the probabilities of ImageNet's 1000 classes.
    """
    embedder = Embedder(backbone, layer=classes_layer(backbone, weights), weights=weights, **settings)
    return read_all(stream_imagenet_classes(embedder, images, top, callback))


def _check_probabilities(features: np.ndarray, layer: str) -> None:
    if len(features) and not (features.min() >= 0 and np.abs(features.sum(axis=1) - 1).max() <= _TOLERANCE):
        raise SettingError(
            f"The layer {layer} gives scores, not probabilities that sum to 1: save a model that ends in a softmax."
        )
