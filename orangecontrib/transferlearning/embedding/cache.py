"""The cache of features, by the content of their images."""

import os
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ..cache_folder import cache_folder
from ..images.notes import ImageNote, pack_notes, unpack_notes
from . import cache_store
from .cache_connections import ConnectionPool

MEGABYTE = 2**20

FILE_NAME = "transfer-learning-features-3.sqlite"
"""Name of the file; its number changes with the tables, so that versions do not change each other's files, and when
the pixels of some files change (`images`), which the fingerprint does not know."""

_MAX_NOTED = 4096
"""Number of noted uses after which they are written."""


def default_path() -> Path:
    """Return the path of the cache of features."""
    return cache_folder() / FILE_NAME


@dataclass(frozen=True)
class FingerprintSummary:
    """The contents of the cache for one embedder; ``megabytes`` is the size of the features."""

    fingerprint: str
    n_images: int
    megabytes: float


@dataclass(frozen=True)
class CacheSummary:
    """The contents of the cache, the last used embedder first; ``megabytes`` is the size on disk."""

    path: Path
    n_images: int
    megabytes: float
    fingerprints: tuple[FingerprintSummary, ...]


class CachedImage(NamedTuple):
    """The features and notes of an image in the cache.

    Attributes
    ----------
    features : ndarray of shape (n_features,), float32, read-only
    notes : tuple of ImageNote
        What was to know about the image when it was read.
    """

    features: np.ndarray
    notes: tuple[ImageNote, ...]


NO_NOTES: Mapping[bytes, tuple[ImageNote, ...]] = MappingProxyType({})


class FeatureCache:
    """A cache of features in one SQLite file, which several threads and processes of a computer may use at once.

    A problem with the file costs time, but never causes wrong features or a failed run: a damaged file is renamed
    (``.corrupt``) and a new one is started; if there can be no file (no permission, no space), the cache is off and
    `problem` says why.

    Nothing is opened before the first use. All methods may be called from any thread, but not across a fork.

    Parameters
    ----------
    path : path
        Path of the file; its folder is created if necessary.
    max_megabytes : int
        Largest size of the file, in units of 2**20 bytes; features that were used longest ago are dropped first.
    """

    def __init__(self, path: str | os.PathLike, max_megabytes: int = 1024):
        self.path = Path(path).absolute()
        self.max_megabytes = max_megabytes
        self._pool = ConnectionPool(self.path)
        self._started = time.time()
        self._noted: set[tuple[int, bytes]] = set()
        self._lock = threading.Lock()

    @property
    def problem(self) -> str | None:
        """Reason why the cache is off for the rest of this run, and finds and stores nothing; None if it is on."""
        return self._pool.problem

    @property
    def remark(self) -> str | None:
        """What the user should know about this run's cache: `problem`, or that it was damaged; None if all is well."""
        if self.problem or not self._pool.was_damaged:
            return self.problem
        return f"{self.path} was damaged: a new one was begun, and the damaged one is now {self._pool.aside.name}."

    def find(self, fingerprint: str, hashes: Sequence[bytes]) -> dict[bytes, CachedImage]:
        """Return those images that are in the cache.

        Parameters
        ----------
        fingerprint : str
            Fingerprint of the embedder.
        hashes : sequence of bytes
            Hashes of the images, from `content_hash`.

        Returns
        -------
        dict of bytes to CachedImage
            Features and notes by hash.
        """
        embedder = cache_store.fingerprint_id(fingerprint)

        def read(db: sqlite3.Connection) -> dict[bytes, CachedImage]:
            found = {}
            for content in hashes:
                vector, notes, unused = cache_store.find(db, embedder, content, self._started)
                if vector is not None:
                    found[content] = CachedImage(vector, unpack_notes(notes))
                    if unused:
                        self._note(db, (embedder, content))
            return found

        return self._pool.use(read, {})

    def store(
        self,
        fingerprint: str,
        features: Mapping[bytes, np.ndarray],
        notes: Mapping[bytes, tuple[ImageNote, ...]] = NO_NOTES,
    ) -> None:
        """Store the features of some images; after this returns, they survive a crash.

        Parameters
        ----------
        fingerprint : str
            Fingerprint of the embedder.
        features : mapping of bytes to ndarray of shape (n_features,), float32
            Features by `content_hash`.
        notes : mapping of bytes to tuple of ImageNote
            Notes of those images that have some.
        """
        embedder = cache_store.fingerprint_id(fingerprint)
        packed = {content: pack_notes(notes.get(content, ())) for content in features}
        rows = [
            (content, cache_store.pack(vector, embedder, content, packed[content]), packed[content])
            for content, vector in features.items()
        ]
        limit, n_bytes = self.max_megabytes * MEGABYTE, sum(len(vector) for _, vector, _ in rows)

        def write(db: sqlite3.Connection) -> None:
            with cache_store.transaction(db):
                cache_store.note_use(db, self._take_noted())
                cache_store.drop_oldest(db, max(0, limit - n_bytes))  # first, so that the file does not grow
                cache_store.insert(db, embedder, fingerprint, rows)
            cache_store.shrink(db, limit)

        if rows:
            self._pool.use(write, None)

    def summary(self) -> CacheSummary:
        """Return the numbers of images and the sizes, for each embedder and in all."""
        parts = [
            FingerprintSummary(name, n, size / MEGABYTE) for name, n, size in self._pool.use(cache_store.count, [])
        ]
        n_bytes = sum(map(_size, (self.path, *self._pool.companions)))
        return CacheSummary(self.path, sum(part.n_images for part in parts), n_bytes / MEGABYTE, tuple(parts))

    def clear(self) -> None:
        """Remove all features, also those of a damaged file, and free their disk space."""
        self._pool.use(cache_store.clear, None)
        with suppress(OSError):
            self._pool.aside.unlink()

    def close(self) -> None:
        """Close the file; the next use of the cache opens it again."""
        if self._noted:
            self._pool.use(self._write_noted, None)
        self._pool.close()

    def _note(self, db: sqlite3.Connection, key: tuple[int, bytes]) -> None:
        """Note the use of an image, once per run, until the next write, so that reading does not write each time."""
        with self._lock:
            self._noted.add(key)
        if len(self._noted) >= _MAX_NOTED:
            self._write_noted(db)

    def _write_noted(self, db: sqlite3.Connection) -> None:
        with cache_store.transaction(db):
            cache_store.note_use(db, self._take_noted())

    def _take_noted(self) -> set[tuple[int, bytes]]:
        with self._lock:
            noted, self._noted = self._noted, set()
        return noted


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
