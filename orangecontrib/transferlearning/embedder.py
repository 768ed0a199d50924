"""Pictures to features: `Embedder.stream` (lazy, tolerant) and `Embedder.transform` (eager, strict)."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from importlib.metadata import version
from itertools import islice

import numpy as np

from .backbones import Backbone, find_backbone
from .engine import Engine
from .errors import ImageReadError, SettingError
from .images import INTERPOLATIONS, read_image
from .items import Callback, Embeddings, ImageItem, Location, Skipped
from .loading import Weights
from .networks import Network, build_network
from .sources import ListSource, Source, open_source


class Embedder:
    """Turns pictures into vectors with one layer of one network.

    Nothing is loaded until the first picture (or `fingerprint`, `n_features`) asks for it; the network is then kept.

    Parameters
    ----------
    backbone : str
        A name from `BACKBONES`; SqueezeNet works without any download.
    layer : str, optional
        Any layer of the network; by default the one that its own classifier reads.
    pooling : {"auto", "avg", "max", "flatten"}
        What makes a vector of a map of shape (height, width, channels); "auto" averages. Vectors stay as they are.
    weights : {"imagenet", None} or path
        A path is a weights file for this network, or a whole model saved as ``.keras`` (no code in it is run), whose
        pixels are prepared as `backbone` wants them. None gives random weights.
    image_size : tuple of int, optional
        (height, width) in pixels that pictures are resized to; by default the network's own.
    interpolation : str
        One of `images.INTERPOLATIONS`, as ``keras.utils.load_img`` names them.
    batch_size : int
        Pictures a forward pass. It changes speed and memory, never features.
    fast_decode : bool
        Let the JPEG decoder shrink pictures while it reads: faster, approximate.
    seed : int
        Of random weights.
    """

    def __init__(
        self,
        backbone: str = "SqueezeNet",
        *,
        layer: str | None = None,
        pooling: str = "auto",
        weights: Weights = "imagenet",
        image_size: tuple[int, int] | None = None,
        interpolation: str = "bilinear",
        batch_size: int = 32,
        fast_decode: bool = False,
        seed: int = 0,
    ):
        self.backbone = backbone
        self.layer = layer
        self.pooling = pooling
        self.weights = weights
        self.image_size = image_size
        self.interpolation = interpolation
        self.batch_size = batch_size
        self.fast_decode = fast_decode
        self.seed = seed
        self._engine: Engine | None = None
        self._loading = threading.Lock()

    @property
    def record(self) -> Backbone:
        """Facts about the backbone."""
        return find_backbone(self.backbone)

    def load(self, callback: Callback | None = None) -> "Embedder":
        """Load the network now rather than with the first picture.

        Parameters
        ----------
        callback : callable, optional
            Called with the fraction of a weights download done, 0-1; may raise `Cancelled`.

        Returns
        -------
        Embedder
            Itself.

        Raises
        ------
        UnknownBackboneError, SettingError, WeightsError
        """
        with self._loading:
            if self._engine is None:
                self._engine = self._build(callback)
        return self

    def _build(self, callback: Callback | None) -> Engine:
        if self.batch_size < 1:
            raise SettingError(f"The batch size must be at least 1, not {self.batch_size}.")
        if self.interpolation not in INTERPOLATIONS:
            raise SettingError(f"Interpolation must be one of {', '.join(INTERPOLATIONS)}, not {self.interpolation!r}.")
        network = build_network(
            self.record,
            layer=self.layer,
            pooling=self.pooling,
            weights=self.weights,
            image_size=self.image_size,
            seed=self.seed,
            callback=callback,
        )
        return Engine(network, self.batch_size)

    @property
    def network(self) -> Network:
        """The network, cut and pooled; loaded if it was not."""
        return self.load()._engine.network

    @property
    def n_features(self) -> int:
        """Length of a picture's vector."""
        return self.network.n_features

    @property
    def fingerprint(self) -> str:
        """Everything that features depend on, in one line: equal fingerprints, equal features."""
        network = self.network
        height, width = network.image_size
        return (
            f"{self.record.name} layer={network.layer} pooling={self.pooling} size={height}x{width} "
            f"interpolation={self.interpolation} decode={'fast' if self.fast_decode else 'exact'} precision=float32 "
            f"weights=sha256:{network.weights_sha256} keras={version('keras')}"
        )

    def stream(
        self, pictures: Source | Sequence[Location] | str | os.PathLike, callback: Callback | None = None
    ) -> Iterator[Embeddings]:
        """Embed pictures a batch at a time; those that cannot be read are skipped, with the reason.

        Parameters
        ----------
        pictures : Source, sequence of locations, or path
            A path is opened as `open_source` does: a folder, a CSV file, an array file or one picture.
        callback : callable, optional
            Called with the fraction done, 0-1; what it raises (`Cancelled`) ends the stream.

        Yields
        ------
        Embeddings
            At most `batch_size` pictures. Every key of the source comes out once, embedded or skipped, in order.
        """
        source = as_source(pictures)
        self.load()
        n_done = 0
        with closing(self._read(source)) as pairs:
            for batch in _batches(pairs, self.batch_size):
                embeddings = self._embed(batch)
                n_done += len(batch)
                yield embeddings
                if callback:
                    callback(n_done / len(source))

    def transform(
        self, pictures: Source | Sequence[Location] | str | os.PathLike, callback: Callback | None = None
    ) -> Embeddings:
        """Embed pictures at once; one that cannot be read is an error.

        Parameters
        ----------
        pictures, callback
            As for `stream`.

        Returns
        -------
        Embeddings
            Of all pictures; ``features`` has shape (n_images, n_features), float32.

        Raises
        ------
        ImageReadError
            A picture cannot be read; the message names it and says why.
        """
        parts = []
        for part in self.stream(pictures, callback):
            if part.skipped:
                raise ImageReadError(f"{part.skipped[0].key}: {part.skipped[0].reason}")
            parts.append(part)
        return concatenate(parts, self.n_features)

    def _read(self, source: Iterable[ImageItem]) -> Iterator[tuple[ImageItem, np.ndarray | Skipped]]:
        """Open pictures in threads, at most two batches ahead, in the source's order."""
        size = self.network.image_size

        def read(item: ImageItem) -> np.ndarray | Skipped:
            try:
                return read_image(item.location, size, interpolation=self.interpolation, fast_decode=self.fast_decode)
            except ImageReadError as error:
                return Skipped(item.key, str(error))

        return _ahead(read, source, 2 * self.batch_size)

    def _embed(self, batch: list[tuple[ImageItem, np.ndarray | Skipped]]) -> Embeddings:
        good = [(item, pixels) for item, pixels in batch if not isinstance(pixels, Skipped)]
        features = (
            self._engine(np.stack([pixels for _, pixels in good]))
            if good
            else np.empty((0, self.n_features), np.float32)
        )
        return Embeddings(
            [item.key for item, _ in good],
            features,
            [item.label for item, _ in good],
            [pixels for _, pixels in batch if isinstance(pixels, Skipped)],
        )


def as_source(pictures: Source | Sequence[Location] | str | os.PathLike) -> Source:
    """Make a source of a path, a list of locations or an array of pictures; a source stays as it is."""
    if isinstance(pictures, str | os.PathLike):
        return open_source(pictures)
    return pictures if hasattr(pictures, "label_name") else ListSource(pictures)


def concatenate(parts: Sequence[Embeddings], n_features: int) -> Embeddings:
    """Join the batches of a stream into one.

    Parameters
    ----------
    parts : sequence of Embeddings
    n_features : int
        Length of a vector, for when there are no parts.

    Returns
    -------
    Embeddings
    """
    return Embeddings(
        [key for part in parts for key in part.keys],
        np.concatenate([np.empty((0, n_features), np.float32), *(part.features for part in parts)]),
        [label for part in parts for label in part.labels],
        [skipped for part in parts for skipped in part.skipped],
    )


def _ahead(
    function: Callable[[ImageItem], np.ndarray | Skipped], items: Iterable[ImageItem], n_ahead: int
) -> Iterator[tuple[ImageItem, np.ndarray | Skipped]]:
    pool = ThreadPoolExecutor(max(1, os.cpu_count() or 1), thread_name_prefix="pictures")
    waiting: deque[tuple[ImageItem, Future]] = deque()
    try:
        for item in items:
            waiting.append((item, pool.submit(function, item)))
            if len(waiting) >= n_ahead:
                item, future = waiting.popleft()
                yield item, future.result()
        while waiting:
            item, future = waiting.popleft()
            yield item, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _batches(
    pairs: Iterable[tuple[ImageItem, np.ndarray | Skipped]], batch_size: int
) -> Iterator[list[tuple[ImageItem, np.ndarray | Skipped]]]:
    pairs = iter(pairs)
    while batch := list(islice(pairs, batch_size)):
        yield batch
