"""From a source to features, in order: threads open images a bounded number ahead of the engine."""

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from ..engines.engine import Engine
from ..errors import ImageReadError
from ..images.locations import read_bytes
from ..images.reading import decode_image
from ..images.steps import Step
from ..records import Embeddings, ImageItem, Skipped
from .cache import FeatureCache


def content_hash(data: bytes | np.ndarray) -> bytes:
    """Digest of a file's bytes, or of an array's type, shape and values.

    Parameters
    ----------
    data : bytes or ndarray
        The content of a file; or numbers of any shape and strides.

    Returns
    -------
    bytes of length 16

    Raises
    ------
    ImageReadError
        An array of objects: these are not pixels.
    """
    if not isinstance(data, np.ndarray):
        return sha256(data).digest()[:16]  # processors have instructions for it: twice as fast as BLAKE2
    if data.dtype.hasobject:
        raise ImageReadError(f"pixels must be numbers (uint8, 0-255), not {data.dtype}")
    digest = sha256(f"array {data.dtype.str} {data.shape} ".encode())
    digest.update(np.ascontiguousarray(data).tobytes() if data.dtype.kind in "mM" else np.ascontiguousarray(data))
    return digest.digest()[:16]


BATCHES_AHEAD = 2
"""How far the threads that open images may be ahead of the engine."""

MAX_FOUND = 8
"""Batches' worth of vectors that are given on at once where most were found in the cache."""


@dataclass(frozen=True, eq=False)
class Opened:
    """An image on its way: its pixels, its features from the cache, or the reason why there are neither."""

    item: ImageItem
    digest: bytes | None = None
    pixels: np.ndarray | None = None
    features: np.ndarray | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Pipeline:
    """Opens, computes and remembers.

    Attributes
    ----------
    engine : Engine
    feature_shape : tuple of int or None
        Of one image's features; None where that depends on the image.
    fingerprint : str
        Of what computes it.
    weights : str
        Where its weights were found.
    image_size : tuple of int or None
        (height, width) in pixels; None leaves images at their own size.
    min_size : int
        The least height and width, in pixels, that the network takes.
    interpolation : str
    fast_decode : bool
    steps : sequence of Step
    batch_size : int
    n_threads : int or None
        As many as the processor has cores where it is None.
    cache : FeatureCache or None
        It holds features as vectors, so their shape has to be known.
    """

    engine: Engine
    feature_shape: tuple[int | None, ...]
    fingerprint: str
    weights: str
    image_size: tuple[int, int] | None
    min_size: int
    interpolation: str
    fast_decode: bool
    steps: Sequence[Step]
    batch_size: int
    n_threads: int | None
    cache: FeatureCache | None

    def run(self, items: Iterable[ImageItem]) -> Iterator[Embeddings]:
        """Embed images; every one comes out once, embedded or skipped, in the order of `items`."""
        lately: dict[bytes, np.ndarray] = {}
        n_threads = self.n_threads or os.cpu_count() or 1
        with closing(ahead(self._open, items, n_threads, BATCHES_AHEAD * self.batch_size)) as opened:
            for batch in self._batches(opened):
                yield self._embed(batch, lately)

    def _open(self, item: ImageItem) -> Opened:
        try:
            data = item.location if isinstance(item.location, np.ndarray) else read_bytes(item.location)
            digest = content_hash(data)
            found = self.cache.find(self.fingerprint, [digest]) if self.cache else {}
            if digest in found and len(found[digest]) == math.prod(self.feature_shape):
                return Opened(item, digest, features=found[digest].reshape(self.feature_shape))
            return Opened(item, digest, pixels=self._decode(data))
        except ImageReadError as error:
            return Opened(item, reason=str(error))

    def _decode(self, data: bytes | np.ndarray) -> np.ndarray:
        pixels = decode_image(
            data, self.image_size, interpolation=self.interpolation, fast_decode=self.fast_decode, steps=self.steps
        )
        height, width, _ = pixels.shape
        if self.image_size is None and min(height, width) < self.min_size:
            raise ImageReadError(
                f"it is {height} x {width} pixels; the network takes {self.min_size} x {self.min_size} or more"
            )
        return pixels

    def _batches(self, opened: Iterable[Opened]) -> Iterator[list[Opened]]:
        """Cut the stream into batches, whose images to compute are of one size."""
        n_most = self.batch_size * (MAX_FOUND if len(self.feature_shape) == 1 else 1)
        batch, shapes = [], []
        for image in opened:
            shape = None if image.pixels is None else image.pixels.shape
            if shape and shapes and shapes[0] != shape:
                yield batch
                batch, shapes = [], []
            batch.append(image)
            shapes += [shape] * (shape is not None)
            if len(shapes) == self.batch_size or len(batch) == n_most:
                yield batch
                batch, shapes = [], []
        if batch:
            yield batch

    def _embed(self, batch: list[Opened], lately: dict[bytes, np.ndarray]) -> Embeddings:
        vectors = self._compute({each.digest: each.pixels for each in batch if each.pixels is not None}, lately)
        good = [each for each in batch if not each.reason]
        features = [vectors[each.digest] if each.features is None else each.features for each in good]
        return Embeddings(
            [each.item.key for each in good],
            np.stack(features) if features else np.empty((0, *(side or 0 for side in self.feature_shape)), np.float32),
            [each.item.label for each in good],
            [Skipped(each.item.key, each.reason) for each in batch if each.reason],
            self.fingerprint,
            [each.item.metas for each in good],
            weights=self.weights,
        )

    def _compute(self, pixels: dict[bytes, np.ndarray], lately: dict[bytes, np.ndarray]) -> dict[bytes, np.ndarray]:
        """Features by content; those of the last batches are known, and not yet in the cache when it was asked."""
        vectors = {digest: lately[digest] for digest in pixels if digest in lately}
        unknown = [digest for digest in pixels if digest not in lately]
        if unknown:
            computed = self.engine(np.stack([pixels[digest] for digest in unknown]))
            fresh = dict(zip(unknown, computed, strict=True))
            if self.cache:
                self.cache.store(self.fingerprint, {digest: each.ravel() for digest, each in fresh.items()})
            if len(self.feature_shape) == 1:  # maps would take too much memory
                lately.update(fresh)
            for digest in list(lately)[: -(BATCHES_AHEAD + 1) * self.batch_size]:
                del lately[digest]
            vectors |= fresh
        return vectors


def ahead(
    function: Callable[[ImageItem], Opened], items: Iterable[ImageItem], n_threads: int, n_ahead: int
) -> Iterator[Opened]:
    """Apply a function in threads, at most `n_ahead` items ahead of whoever takes the results, in order."""
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="images")
    waiting: deque[Future] = deque()
    finished = False
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= n_ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        finished = True
    finally:
        # A download in a thread may take its time to end: whoever stops the work need not wait for it.
        pool.shutdown(wait=finished, cancel_futures=True)
