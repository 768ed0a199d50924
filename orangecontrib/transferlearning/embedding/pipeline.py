"""Compute features of a source in order, with threads that open images a limited number ahead of the engine."""

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from ..errors import ImageReadError
from ..images.locations import read_bytes
from ..images.notes import ImageNote
from ..images.reading import Decoded, decode_sizes
from ..images.steps import Step
from ..records import Embeddings, ImageItem, Notes, Skipped
from .cache import CachedImage, FeatureCache
from .scaling import scale


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
class NetworkPart:
    """A network whose features are a part of each image's.

    Attributes
    ----------
    engine : callable
        Computes features of float32 from a batch of pixels, as an `Engine` does.
    feature_shape : tuple of int or None
        Shape of one image's features; None for a number that depends on the image.
    fingerprint : str
        Fingerprint of these features, before any scaling.
    image_size : tuple of int or None
        (height, width) in pixels; None leaves images at their own size.
    min_size : int
        Smallest height and width, in pixels, that the network takes.
    mirrored : bool
        Whether to take the mean of the features of the image and of its mirror image.
    """

    engine: Callable[[np.ndarray], np.ndarray]
    feature_shape: tuple[int | None, ...]
    fingerprint: str
    image_size: tuple[int, int] | None
    min_size: int
    mirrored: bool = False

    def compute(self, pixels: np.ndarray) -> np.ndarray:
        """Compute features of images of shape (n_images, height, width, 3), uint8."""
        features = self.engine(pixels)
        if not self.mirrored:
            return features
        others = self.engine(np.ascontiguousarray(pixels[:, :, ::-1]))
        # The maps of a mirrored image are mirrored, too.
        return (features + (others[:, :, ::-1] if others.ndim == 4 else others)) / 2


@dataclass(frozen=True, eq=False)
class OpenedImage:
    """An opened image: pixels for the networks that need them, features from the cache, or why it cannot be read.

    Attributes
    ----------
    item : ImageItem
    digest : bytes or None
        Hash of its content.
    pixels : dict of image size to ndarray of shape (height, width, 3), uint8
        Pixels at each size that a network without features needs.
    features : tuple of ndarray or None
        Features of each network; None if they are not in the cache.
    reason : str
        Why the image cannot be read; "" if it can.
    notes : tuple of ImageNote
    """

    item: ImageItem
    digest: bytes | None = None
    pixels: dict[tuple[int, int] | None, np.ndarray] = field(default_factory=dict)
    features: tuple[np.ndarray | None, ...] = ()
    reason: str = ""
    notes: tuple[ImageNote, ...] = ()


@dataclass(frozen=True, eq=False)
class Pipeline:
    """Opens images, computes their features with one or more networks, and keeps these in a cache.

    Attributes
    ----------
    parts : sequence of NetworkPart
        The networks; several give vectors, which are put side by side.
    scaling : {"none", "l2", "orange"}
        See `scale`.
    fingerprint : str
        Fingerprint of the embedder.
    weights : str
        Name of the weights, from `name_weights`.
    interpolation : str
    fast_decode : bool
    steps : sequence of Step
    batch_size : int
    n_threads : int or None
        Number of threads that open images; None for the number of processor cores.
    cache : FeatureCache or None
        The cache; it needs features of known shape, as it stores vectors.
    notes : Notes
        Takes what is to know about the images.
    count : callable
        Called with the number of images of a batch that a network has computed.
    """

    parts: Sequence[NetworkPart]
    scaling: str
    fingerprint: str
    weights: str
    interpolation: str
    fast_decode: bool
    steps: Sequence[Step]
    batch_size: int
    n_threads: int | None
    cache: FeatureCache | None
    notes: Notes
    count: Callable[[int], object]

    def run(self, items: Iterable[ImageItem]) -> Iterator[Embeddings]:
        """Embed images; each comes out once, embedded or skipped, in the order of `items`."""
        recent: list[dict[bytes, np.ndarray]] = [{} for _ in self.parts]
        n_threads = self.n_threads or os.cpu_count() or 1
        with closing(map_ahead(self._open, items, n_threads, BATCHES_AHEAD * self.batch_size)) as opened:
            for batch in self._batches(opened):
                for image in batch:
                    for note in image.notes:
                        self.notes.add(image.item.key, note.text, note.detail)
                yield self._embed(batch, recent)

    @property
    def _has_vectors(self) -> bool:
        return all(len(part.feature_shape) == 1 for part in self.parts)

    def _open(self, item: ImageItem) -> OpenedImage:
        try:
            data = item.location if isinstance(item.location, np.ndarray) else read_bytes(item.location)
            digest = content_hash(data)
            found = [self._find(part, digest) for part in self.parts]
            missing = [part for part, each in zip(self.parts, found, strict=True) if each is None]
            features = tuple(each and each.features for each in found)
            if not missing:
                return OpenedImage(item, digest, features=features, notes=found[0].notes)
            decoded = self._decode(data, missing)
            pixels = {size: each.pixels for size, each in decoded.items()}
            return OpenedImage(item, digest, pixels, features, notes=next(iter(decoded.values())).notes)
        except ImageReadError as error:
            return OpenedImage(item, reason=str(error))

    def _find(self, part: NetworkPart, digest: bytes) -> CachedImage | None:
        found = self.cache.find(part.fingerprint, [digest]) if self.cache else {}
        if digest not in found or len(found[digest].features) != math.prod(part.feature_shape):
            return None
        return found[digest]._replace(features=found[digest].features.reshape(part.feature_shape))

    def _decode(self, data: bytes | np.ndarray, parts: Sequence[NetworkPart]) -> dict[tuple[int, int] | None, Decoded]:
        sizes = dict.fromkeys(part.image_size for part in parts)
        decoded = decode_sizes(
            data, list(sizes), interpolation=self.interpolation, fast_decode=self.fast_decode, steps=self.steps
        )
        for part in parts:
            height, width, _ = decoded[part.image_size].pixels.shape
            if part.image_size is None and min(height, width) < part.min_size:
                raise ImageReadError(
                    f"it is {height} x {width} pixels; the network takes {part.min_size} x {part.min_size} or more"
                )
        return decoded

    def _batches(self, opened: Iterable[OpenedImage]) -> Iterator[list[OpenedImage]]:
        """Group opened images into batches; those without features in a batch have one size."""
        n_most = self.batch_size * (MAX_CACHED_BATCHES if self._has_vectors else 1)
        batch, shapes = [], []
        for image in opened:
            # Only images of their own sizes differ.
            shape = next((each.shape for size, each in image.pixels.items() if size is None), bool(image.pixels))
            if shape and shapes and shapes[0] != shape:
                yield batch
                batch, shapes = [], []
            batch.append(image)
            shapes += [shape] * bool(shape)
            if len(shapes) == self.batch_size or len(batch) == n_most:
                yield batch
                batch, shapes = [], []
        if batch:
            yield batch

    def _embed(self, batch: list[OpenedImage], recent: list[dict[bytes, np.ndarray]]) -> Embeddings:
        good = [each for each in batch if not each.reason]
        computed: set[bytes] = set()
        parts = [self._embed_part(index, good, recent[index], computed) for index in range(len(self.parts))]
        self.count(len(computed))
        return Embeddings(
            [each.item.key for each in good],
            self._join(parts),
            [each.item.label for each in good],
            [Skipped(each.item.key, each.reason) for each in batch if each.reason],
            self.fingerprint,
            [each.item.metas for each in good],
            weights=self.weights,
        )

    def _join(self, parts: list[np.ndarray]) -> np.ndarray:
        if len(parts) == 1 and parts[0].ndim != 2:
            return parts[0]
        return scale(np.concatenate(parts, axis=1), [part.shape[1] for part in parts], self.scaling)

    def _embed_part(
        self, index: int, images: list[OpenedImage], recent: dict[bytes, np.ndarray], computed: set[bytes]
    ) -> np.ndarray:
        """Return the features of images by one network, and add the hashes of those that are computed."""
        part = self.parts[index]
        missing = {each.digest: each for each in images if each.features[index] is None}
        vectors = self._compute(part, missing, recent, computed)
        if not images:
            return np.empty((0, *(side or 0 for side in part.feature_shape)), np.float32)
        return np.stack([vectors.get(each.digest, each.features[index]) for each in images])

    def _compute(
        self,
        part: NetworkPart,
        images: dict[bytes, OpenedImage],
        recent: dict[bytes, np.ndarray],
        computed: set[bytes],
    ) -> dict[bytes, np.ndarray]:
        """Return features by content hash; those in `recent` may be missing from the cache."""
        vectors = {digest: recent[digest] for digest in images if digest in recent}
        unknown = [digest for digest in images if digest not in recent]
        if unknown:
            features = part.compute(np.stack([images[digest].pixels[part.image_size] for digest in unknown]))
            fresh = dict(zip(unknown, features, strict=True))
            computed.update(unknown)
            if self.cache:
                notes = {digest: images[digest].notes for digest in unknown}
                self.cache.store(part.fingerprint, {digest: each.ravel() for digest, each in fresh.items()}, notes)
            if len(part.feature_shape) == 1:  # maps would take too much memory
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
