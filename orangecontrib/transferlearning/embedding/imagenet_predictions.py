"""Predict which of ImageNet's classes images show, with probabilities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..backbones.imagenet import N_CLASSES, imagenet_classes
from ..backbones.loading import Weights
from ..backbones.registry import find_backbone
from ..backbones.saved_models import last_layer
from ..errors import ImageReadError, SettingError
from ..records import Callback, Skipped
from ..sources.opening import Images
from .embedder import Embedder

_TOLERANCE = 0.05
"""Largest difference between 1 and the sum of an image's probabilities, enough for the rounding of bfloat16."""


@dataclass(frozen=True)
class ClassProbability:
    """A class that an image may show, with its probability.

    Attributes
    ----------
    name : str
        Such as "giant panda".
    probability : float
        0-1.
    wordnet_id : str
        Such as "n02510455" for a class of ImageNet; else "".
    """

    name: str
    probability: float
    wordnet_id: str = ""


@dataclass(frozen=True)
class Prediction:
    """The predicted classes or number of an image.

    Attributes
    ----------
    key : str
        Name of the image.
    classes : tuple of ClassProbability
        The most probable class first; empty if a number is predicted.
    number : float or None
        The predicted number; None if classes are predicted.
    """

    key: str
    classes: tuple[ClassProbability, ...] = ()
    number: float | None = None


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


def stream_predictions(
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
    classes = imagenet_classes()
    names, wordnet_ids = [each.name for each in classes], [each.wordnet_id for each in classes]
    for part in embedder.stream(images, callback):
        _check_probabilities(part.features, embedder.network.layer)
        for key, probabilities in zip(part.keys, part.features, strict=True):
            yield Prediction(key, rank(probabilities, names, wordnet_ids, top))
        yield from part.skipped


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
    predictions = []
    for prediction in stream_predictions(embedder, images, top, callback):
        if isinstance(prediction, Skipped):
            raise ImageReadError(f"{prediction.key}: {prediction.reason}")
        predictions.append(prediction)
    return predictions


def rank(
    probabilities: np.ndarray, names: Sequence[str], wordnet_ids: Sequence[str], top: int
) -> tuple[ClassProbability, ...]:
    """Return the most probable classes of an image, the most probable first.

    Parameters
    ----------
    probabilities : ndarray of shape (n_classes,)
    names, wordnet_ids : sequence of str
        Names and ids of the classes, each of length n_classes.
    top : int
        Largest number of classes to return.
    """
    best = np.argsort(-probabilities, kind="stable")[:top]
    # float(str()) gives 0.1 for a float32 of 0.1; float() alone would give 0.10000000149011612.
    return tuple(ClassProbability(names[i], float(str(probabilities[i])), wordnet_ids[i]) for i in best)


def _check_probabilities(features: np.ndarray, layer: str) -> None:
    if len(features) and not (features.min() >= 0 and np.abs(features.sum(axis=1) - 1).max() <= _TOLERANCE):
        raise SettingError(
            f"The layer {layer} gives scores, not probabilities that sum to 1: save a model that ends in a softmax."
        )
