"""From a source to features, in order: threads open pictures a bounded number ahead of the engine."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from .cache import FeatureCache, content_hash
from .engine import Engine
from .errors import ImageReadError
from .images import decode_image
from .items import Embeddings, ImageItem, Skipped
from .locations import read_bytes

BATCHES_AHEAD = 2
"""How far the threads that open pictures may be ahead of the engine."""

MAX_FOUND = 8
"""Batches' worth of pictures that are given on at once where most were found in the cache."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A picture on its way: its pixels, its features from the cache, or the reason why there are neither."""

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
    n_features : int
        Length of a vector.
    fingerprint : str
        Of what computes it.
    image_size : tuple of int
        (height, width) in pixels.
    interpolation : str
    fast_decode : bool
    batch_size : int
    n_threads : int or None
        As many as the processor has cores where it is None.
    cache : FeatureCache or None
    """

    engine: Engine
    n_features: int
    fingerprint: str
    image_size: tuple[int, int]
    interpolation: str
    fast_decode: bool
    batch_size: int
    n_threads: int | None
    cache: FeatureCache | None

    def run(self, items: Iterable[ImageItem]) -> Iterator[Embeddings]:
        """Embed pictures; every one comes out once, embedded or skipped, in the order of `items`."""
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
            if digest in found and len(found[digest]) == self.n_features:
                return Opened(item, digest, features=found[digest])
            pixels = decode_image(data, self.image_size, interpolation=self.interpolation, fast_decode=self.fast_decode)
        except ImageReadError as error:
            return Opened(item, reason=str(error))
        return Opened(item, digest, pixels=pixels)

    def _batches(self, opened: Iterable[Opened]) -> Iterator[list[Opened]]:
        batch, n_to_compute = [], 0
        for picture in opened:
            batch.append(picture)
            n_to_compute += picture.pixels is not None
            if n_to_compute == self.batch_size or len(batch) == MAX_FOUND * self.batch_size:
                yield batch
                batch, n_to_compute = [], 0
        if batch:
            yield batch

    def _embed(self, batch: list[Opened], lately: dict[bytes, np.ndarray]) -> Embeddings:
        vectors = self._compute({each.digest: each.pixels for each in batch if each.pixels is not None}, lately)
        good = [each for each in batch if not each.reason]
        features = [vectors[each.digest] if each.features is None else each.features for each in good]
        return Embeddings(
            [each.item.key for each in good],
            np.stack(features) if features else np.empty((0, self.n_features), np.float32),
            [each.item.label for each in good],
            [Skipped(each.item.key, each.reason) for each in batch if each.reason],
            self.fingerprint,
            [each.item.metas for each in good],
        )

    def _compute(self, pixels: dict[bytes, np.ndarray], lately: dict[bytes, np.ndarray]) -> dict[bytes, np.ndarray]:
        """Features by content; those of the last batches are known, and not yet in the cache when it was asked."""
        vectors = {digest: lately[digest] for digest in pixels if digest in lately}
        unknown = [digest for digest in pixels if digest not in lately]
        if unknown:
            computed = self.engine(np.stack([pixels[digest] for digest in unknown]))
            fresh = dict(zip(unknown, computed, strict=True))
            if self.cache:
                self.cache.store(self.fingerprint, fresh)
            lately.update(fresh)
            for digest in list(lately)[: -(BATCHES_AHEAD + 1) * self.batch_size]:
                del lately[digest]
            vectors |= fresh
        return vectors


def ahead(
    function: Callable[[ImageItem], Opened], items: Iterable[ImageItem], n_threads: int, n_ahead: int
) -> Iterator[Opened]:
    """Apply a function in threads, at most `n_ahead` items ahead of whoever takes the results, in order."""
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="pictures")
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
