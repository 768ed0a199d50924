"""Compute features of a source in order, with threads that open images a limited number ahead of the engine."""

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from ..errors import ImageReadError
from ..images.locations import read_bytes
from ..images.reading import decode_image
from ..images.steps import Step
from ..records import Embeddings, ImageItem, Skipped
from .cache import FeatureCache


def content_hash(data: bytes | np.ndarray) -> bytes:
    """Return a hash of a file's bytes, or of an array's type, shape and values.

    Parameters
    ----------
    data : bytes or ndarray
        The content of a file, or an array of numbers.

    Returns
    -------
    bytes of length 16

    Raises
    ------
    ImageReadError
        The array has objects, which are not pixels.
    """
    if not isinstance(data, np.ndarray):
        return sha256(data).digest()[:16]  # processors have instructions for it, so it is twice as fast as BLAKE2
    if data.dtype.hasobject:
        raise ImageReadError(f"pixels must be numbers (uint8, 0-255), not {data.dtype}")
    digest = sha256(f"array {data.dtype.str} {data.shape} ".encode())
    digest.update(np.ascontiguousarray(data).tobytes() if data.dtype.kind in "mM" else np.ascontiguousarray(data))
    return digest.digest()[:16]


BATCHES_AHEAD = 2
"""Number of batches that the threads that open images may be ahead of the engine."""

MAX_CACHED_BATCHES = 8
"""Size of a part, in batches, if most of its vectors are from the cache."""


@dataclass(frozen=True, eq=False)
class OpenedImage:
    """An opened image: its pixels, its features from the cache, or the reason why it cannot be read."""

    item: ImageItem
    digest: bytes | None = None
    pixels: np.ndarray | None = None
    features: np.ndarray | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Pipeline:
    """Opens images, computes their features with an engine, and keeps these in a cache.

    Attributes
    ----------
    engine : callable
        Computes features of float32 from a batch of pixels, as an `Engine` does.
    feature_shape : tuple of int or None
        Shape of one image's features; None for a number that depends on the image.
    fingerprint : str
        Fingerprint of the embedder.
    weights : str
        Name of the weights, from `name_weights`.
    image_size : tuple of int or None
        (height, width) in pixels; None leaves images at their own size.
    min_size : int
        Smallest height and width, in pixels, that the network takes.
    interpolation : str
    fast_decode : bool
    steps : sequence of Step
    batch_size : int
    n_threads : int or None
        Number of threads that open images; None for the number of processor cores.
    cache : FeatureCache or None
        The cache; it needs features of known shape, as it stores vectors.
    """

    engine: Callable[[np.ndarray], np.ndarray]
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
        """Embed images; each comes out once, embedded or skipped, in the order of `items`."""
        recent: dict[bytes, np.ndarray] = {}
        n_threads = self.n_threads or os.cpu_count() or 1
        with closing(map_ahead(self._open, items, n_threads, BATCHES_AHEAD * self.batch_size)) as opened:
            for batch in self._batches(opened):
                yield self._embed(batch, recent)

    def _open(self, item: ImageItem) -> OpenedImage:
        try:
            data = item.location if isinstance(item.location, np.ndarray) else read_bytes(item.location)
            digest = content_hash(data)
            found = self.cache.find(self.fingerprint, [digest]) if self.cache else {}
            if digest in found and len(found[digest]) == math.prod(self.feature_shape):
                return OpenedImage(item, digest, features=found[digest].reshape(self.feature_shape))
            return OpenedImage(item, digest, pixels=self._decode(data))
        except ImageReadError as error:
            return OpenedImage(item, reason=str(error))

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

    def _batches(self, opened: Iterable[OpenedImage]) -> Iterator[list[OpenedImage]]:
        """Group opened images into batches; those without features in a batch have one size."""
        n_most = self.batch_size * (MAX_CACHED_BATCHES if len(self.feature_shape) == 1 else 1)
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

    def _embed(self, batch: list[OpenedImage], recent: dict[bytes, np.ndarray]) -> Embeddings:
        vectors = self._compute({each.digest: each.pixels for each in batch if each.pixels is not None}, recent)
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

    def _compute(self, pixels: dict[bytes, np.ndarray], recent: dict[bytes, np.ndarray]) -> dict[bytes, np.ndarray]:
        """Return features by content hash; those in `recent` may be missing from the cache."""
        vectors = {digest: recent[digest] for digest in pixels if digest in recent}
        unknown = [digest for digest in pixels if digest not in recent]
        if unknown:
            computed = self.engine(np.stack([pixels[digest] for digest in unknown]))
            fresh = dict(zip(unknown, computed, strict=True))
            if self.cache:
                self.cache.store(self.fingerprint, {digest: each.ravel() for digest, each in fresh.items()})
            if len(self.feature_shape) == 1:  # maps would take too much memory
                recent.update(fresh)
            for digest in list(recent)[: -(BATCHES_AHEAD + 1) * self.batch_size]:
                del recent[digest]
            vectors |= fresh
        return vectors


def map_ahead(
    function: Callable[[ImageItem], OpenedImage], items: Iterable[ImageItem], n_threads: int, n_ahead: int
) -> Iterator[OpenedImage]:
    """Apply a function to items in threads, at most `n_ahead` items ahead, and yield the results in order."""
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
        # A download in a thread may take long: if the work is stopped, do not wait for it.
        pool.shutdown(wait=finished, cancel_futures=True)
