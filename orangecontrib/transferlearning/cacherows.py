"""What the file of a cache holds: how rows are found, written, counted and dropped."""

import sqlite3
import time
import zlib
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

from .cachefile import PAGE_SIZE, value_of, writing

KEPT = 0.9
"""Share of the greatest size that stays when some vectors have to go."""

_FIND = "SELECT CAST(vector AS BLOB), used < ? FROM pictures JOIN vectors USING (id) WHERE fingerprint = ? AND hash = ?"
_COUNT = (
    "SELECT CAST(fingerprints.fingerprint AS BLOB), count(*), total(size) FROM pictures "
    "JOIN fingerprints ON fingerprints.id = pictures.fingerprint GROUP BY fingerprints.id ORDER BY max(used) DESC"
)
_OLDEST = (
    "SELECT id, fingerprint, hash FROM (SELECT *, total(size) OVER (ORDER BY used, id ROWS UNBOUNDED PRECEDING) - size "
    "AS before FROM pictures) WHERE before < ? * (SELECT total(size) FROM pictures)"
)

Row = tuple[bytes, bytes]
"""A picture's content hash and its packed vector."""


def find(db: sqlite3.Connection, embedder: int, content: bytes, since: float) -> tuple[np.ndarray | None, bool]:
    """Look a picture up.

    Returns
    -------
    ndarray of shape (n_features,), float32, or None
        None if it is not there, or not as it was written.
    bool
        Whether nobody has used it `since` then (seconds since 1970).
    """
    row = db.execute(_FIND, (since, embedder, content)).fetchone()
    return (unpack(row[0], embedder, content), bool(row[1])) if row else (None, False)


def insert(db: sqlite3.Connection, embedder: int, fingerprint: str, rows: Iterable[Row]) -> None:
    """Write the vectors of some pictures, in place of those that were there."""
    rows, now = list(rows), time.time()
    db.execute("INSERT OR IGNORE INTO fingerprints VALUES (?, ?)", (embedder, fingerprint))
    db.executemany(
        "DELETE FROM vectors WHERE id = (SELECT id FROM pictures WHERE fingerprint = ? AND hash = ?)",
        [(embedder, content) for content, _ in rows],
    )
    for content, vector in rows:
        place = db.execute("INSERT INTO vectors (vector) VALUES (?)", (vector,)).lastrowid
        db.execute(
            "INSERT OR REPLACE INTO pictures VALUES (?, ?, ?, ?, ?)", (embedder, content, place, now, len(vector))
        )


def note_use(db: sqlite3.Connection, used: Iterable[tuple[int, bytes]]) -> None:
    """Write down that pictures, given by embedder and content hash, are in use now."""
    now = time.time()
    db.executemany("UPDATE pictures SET used = ? WHERE fingerprint = ? AND hash = ?", [(now, *key) for key in used])


def drop_oldest(db: sqlite3.Connection, limit: int) -> None:
    """If more than `limit` bytes are in use, drop what was not used for longest, down to about `KEPT` of that."""
    while (in_use := _n_pages(db) - value_of(db, "PRAGMA freelist_count")) * PAGE_SIZE > limit:
        oldest = db.execute(_OLDEST, (1 - KEPT * limit / (in_use * PAGE_SIZE),)).fetchall()
        if not oldest:
            break
        db.executemany("DELETE FROM vectors WHERE id = ?", [row[:1] for row in oldest])
        db.executemany("DELETE FROM pictures WHERE fingerprint = ? AND hash = ?", [row[1:] for row in oldest])


def fit(db: sqlite3.Connection, limit: int) -> None:
    """Make a file smaller that is far larger than `limit` bytes: one from times of another limit."""
    if _n_pages(db) * PAGE_SIZE * KEPT > limit:
        with writing(db):
            drop_oldest(db, limit)
        _give_back(db)


def clear(db: sqlite3.Connection) -> None:
    """Drop everything, and give the room back to the disk."""
    with writing(db):
        for table in ("pictures", "vectors", "fingerprints"):
            db.execute(f"DELETE FROM {table}")
    _give_back(db)


def _give_back(db: sqlite3.Connection) -> None:
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def count(db: sqlite3.Connection) -> list[tuple[str, int, int]]:
    """Fingerprint, number of pictures and bytes of their vectors, of each embedder, the last used first."""
    return [(name.decode(errors="replace"), n, int(size)) for name, n, size in db.execute(_COUNT)]


def identify(fingerprint: str) -> int:
    """Number that stands for a fingerprint: the same everywhere, so that nobody has to look it up."""
    return int.from_bytes(blake2b(fingerprint.encode(), digest_size=8).digest(), signed=True)


def pack(vector: np.ndarray, embedder: int, content: bytes) -> bytes:
    """Float32 values, little-endian, behind a checksum of them and of whose they are."""
    values = np.ascontiguousarray(vector, "<f4").tobytes()
    return _checksum(values, embedder, content) + values


def unpack(packed: bytes, embedder: int, content: bytes) -> np.ndarray | None:
    """The vector, read-only; None unless it is what was packed for this embedder and picture."""
    checksum, values = packed[:4], packed[4:]
    if len(values) % 4 or checksum != _checksum(values, embedder, content):
        return None
    return np.frombuffer(values, "<f4")


def _checksum(values: bytes, embedder: int, content: bytes) -> bytes:
    return zlib.crc32(values, zlib.crc32(content, embedder & 0xFFFFFFFF)).to_bytes(4, "little")


def _n_pages(db: sqlite3.Connection) -> int:
    return value_of(db, "PRAGMA page_count")
