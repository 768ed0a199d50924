"""Predict the classes or numbers of images, whatever decides them: one stream for all models."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ImageReadError
from ..records import Callback, Skipped
from ..sources.opening import Images
from .embedder import Embedder


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


def stream_predictions(
    embedder: Embedder,
    images: Images,
    classes: Sequence[str],
    top: int = 5,
    callback: Callback | None = None,
    *,
    decide: Callable[[np.ndarray], np.ndarray] | None = None,
    wordnet_ids: Sequence[str] = (),
) -> Iterator[Prediction | Skipped]:
    """Predict images batch by batch; an image that cannot be read comes out with the reason.

    Parameters
    ----------
    embedder : Embedder
    images, callback
        As for `Embedder.stream`.
    classes : sequence of str
        Names of the classes; empty if numbers are predicted.
    top : int
        Number of classes to return for each image.
    decide : callable, optional
        Given the features of a batch, returns probabilities of shape (n_images, n_classes), or a number for each image;
        by default the features are these already.
    wordnet_ids : sequence of str
        As for `rank`.

    Yields
    ------
    Prediction or Skipped
        Every image once: batch by batch, those that were skipped last in each.
    """
    for part in embedder.stream(images, callback):
        outputs = decide(part.features) if decide and len(part) else part.features
        for key, output in zip(part.keys, outputs, strict=True):
            if classes:
                yield Prediction(key, rank(output, classes, wordnet_ids or [""] * len(classes), top))
            else:
                yield Prediction(key, number=float(np.ravel(output)[0]))
        yield from part.skipped


def read_all(predictions: Iterator[Prediction | Skipped]) -> list[Prediction]:
    """Return all predictions of a stream.

    Raises
    ------
    ImageReadError
        An image cannot be read; the message names it and says why.
    """
    found = []
    for prediction in predictions:
        if isinstance(prediction, Skipped):
            raise ImageReadError(f"{prediction.key}: {prediction.reason}")
        found.append(prediction)
    return found


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
