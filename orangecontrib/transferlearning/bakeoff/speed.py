"""Measure how fast features are computed, from files to vectors."""

import time
from dataclasses import dataclass

import numpy as np

from ..embedding.embedder import Embedder
from ..records import Callback
from .images import LabeledImages

N_MEASURED = 64
"""Number of images that are measured, at most."""

_SECONDS, _MAX_ROUNDS = 3, 5


@dataclass(frozen=True)
class Speed:
    """The time that a number of images took; images that were repeated do not count.

    Attributes
    ----------
    n_images : int
    seconds : float
    """

    n_images: int
    seconds: float

    @property
    def images_per_second(self) -> float:
        """Images per second."""
        return self.n_images / self.seconds

    @property
    def milliseconds(self) -> float:
        """Milliseconds per image; NaN if none was computed."""
        return 1000 * self.seconds / self.n_images if self.n_images else float("nan")


def measure_speed(embedder: Embedder, images: LabeledImages, callback: Callback | None = None) -> Speed:
    """Measure how fast an embedder computes features of images, without its cache.

    Some images spread over all are read, decoded and computed: first a batch that warms the network up, then all of
    them, several times if that is quick.

    Parameters
    ----------
    embedder : Embedder
    images : LabeledImages
        Images that can be read.
    callback : callable, optional
        Called with a fraction, 0-1, after each batch; may raise `Cancelled`.

    Returns
    -------
    Speed
    """
    rows = np.unique(np.linspace(0, len(images) - 1, N_MEASURED).astype(int))
    sample = images.choose(rows)
    cache, embedder.cache = embedder.cache, None
    try:
        _compute(embedder, sample.choose(range(min(embedder.batch_size, len(sample)))), callback)
        return _measure_rounds(embedder, sample, callback)
    finally:
        embedder.cache = cache


def _measure_rounds(embedder: Embedder, sample: LabeledImages, callback: Callback | None) -> Speed:
    n_images, seconds = 0, 0.0
    for _ in range(_MAX_ROUNDS):
        start = time.perf_counter()
        n_images += _compute(embedder, sample, callback)
        seconds += time.perf_counter() - start
        if seconds > _SECONDS:
            break
    return Speed(n_images, seconds)


def _compute(embedder: Embedder, images: LabeledImages, callback: Callback | None) -> int:
    """Compute the features of images, and return the number of images that the network has computed."""
    before = embedder.n_computed
    for _ in embedder.stream(images, callback):
        pass
    return embedder.n_computed - before
