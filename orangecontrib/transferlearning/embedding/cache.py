"""Features already computed, by the content of their images."""

import os
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import cache_store as cacherows
from .cache_connections import ConnectionPool
from .cache_store import writing

MEGABYTE = 2**20

_MAX_NOTED = 4096


@dataclass(frozen=True)
class FingerprintSummary:
    """What the cache holds of one embedder; ``megabytes`` are those of the features."""

    fingerprint: str
    n_images: int
    megabytes: float


@dataclass(frozen=True)
class CacheSummary:
    """What the cache holds, the last used embedder first; ``megabytes`` are those on the disk."""

    path: Path
    n_images: int
    megabytes: float
    fingerprints: tuple[FingerprintSummary, ...]


class FeatureCache:
    """Features already computed, by content: one SQLite file for many threads and processes of a computer at once.

    Whatever happens to the file costs time, never features or the run: a damaged one is set aside (``.corrupt``) and
    begun anew; where there can be none (no permission, no space), the cache is off and `problem` says why.

    Nothing is opened before the first use. All methods may be called from any thread, but not across a fork.

    Parameters
    ----------
    path : path
        Of the file; its folder is made if need be.
    max_megabytes : int
        Greatest size of the file, in units of 2**20 bytes; what was not used for longest goes first.
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
        """Why the cache is off for this run; from then on, nothing is found and nothing stored."""
        return self._pool.problem

    def find(self, fingerprint: str, hashes: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        """Look images up.

        Parameters
        ----------
        fingerprint : str
            Of the embedder.
        hashes : sequence of bytes
            Of the images, from `content_hash`.

        Returns
        -------
        dict of bytes to ndarray of shape (n_features,), float32, read-only
            Those that are known.
        """
        embedder = cacherows.identify(fingerprint)

        def read(db: sqlite3.Connection) -> dict[bytes, np.ndarray]:
            found = {}
            for content in hashes:
                vector, unused = cacherows.find(db, embedder, content, self._started)
                if vector is not None:
                    found[content] = vector
                    if unused:
                        self._note(db, (embedder, content))
            return found

        return self._pool.use(read, {})

    def store(self, fingerprint: str, features: Mapping[bytes, np.ndarray]) -> None:
        """Keep the features of some images: once this returns, no crash undoes it.

        Parameters
        ----------
        fingerprint : str
            Of the embedder.
        features : mapping of bytes to ndarray of shape (n_features,), float32
            By `content_hash`.
        """
        embedder = cacherows.identify(fingerprint)
        rows = [(content, cacherows.pack(vector, embedder, content)) for content, vector in features.items()]
        limit, n_bytes = self.max_megabytes * MEGABYTE, sum(len(vector) for _, vector in rows)

        def write(db: sqlite3.Connection) -> None:
            with writing(db):
                cacherows.note_use(db, self._take_noted())
                cacherows.drop_oldest(db, max(0, limit - n_bytes))  # first, so that the file need not grow and shrink
                cacherows.insert(db, embedder, fingerprint, rows)
            cacherows.fit(db, limit)

        if rows:
            self._pool.use(write, None)

    def summary(self) -> CacheSummary:
        """Count what is there."""
        parts = [FingerprintSummary(name, n, size / MEGABYTE) for name, n, size in self._pool.use(cacherows.count, [])]
        n_bytes = sum(map(_size, (self.path, *self._pool.companions)))
        return CacheSummary(self.path, sum(part.n_images for part in parts), n_bytes / MEGABYTE, tuple(parts))

    def clear(self) -> None:
        """Forget everything and give the space back, that of a file set aside too."""
        self._pool.use(cacherows.clear, None)
        with suppress(OSError):
            self._pool.aside.unlink()

    def close(self) -> None:
        """Close the file; whoever uses the cache again opens it again."""
        if self._noted:
            self._pool.use(self._write_noted, None)
        self._pool.close()

    def _note(self, db: sqlite3.Connection, key: tuple[int, bytes]) -> None:
        """Remember a use until something is written anyway: once an image and run, so that reading stays reading."""
        with self._lock:
            self._noted.add(key)
        if len(self._noted) >= _MAX_NOTED:
            self._write_noted(db)

    def _write_noted(self, db: sqlite3.Connection) -> None:
        with writing(db):
            cacherows.note_use(db, self._take_noted())

    def _take_noted(self) -> set[tuple[int, bytes]]:
        with self._lock:
            noted, self._noted = self._noted, set()
        return noted


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
