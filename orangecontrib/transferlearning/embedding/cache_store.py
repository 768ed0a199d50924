"""Open the file of the cache, and find, write, count and drop its rows."""

import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path

import numpy as np

SCHEMA_VERSION = 0x4F544C02
BUSY_SECONDS = 30
"""Seconds to wait for another process that is writing."""

# Vectors have their own table, so that noting a use or choosing rows to drop does not read or write them.
_SCHEMA = (
    "CREATE TABLE fingerprints (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL)",
    "CREATE TABLE vectors (id INTEGER PRIMARY KEY, vector BLOB NOT NULL, notes BLOB NOT NULL)",
    "CREATE TABLE images (fingerprint INTEGER, hash BLOB, id INTEGER, used REAL, size INTEGER, "
    "PRIMARY KEY (fingerprint, hash)) WITHOUT ROWID",
)
PAGE_SIZE = 2048
"""Page size in bytes: lengths of vectors are often powers of two, which would leave larger pages half empty."""

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PROTOCOL}
_UNUSABLE = _BUSY | {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOLFS,
}

DAMAGE_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)
"""Errors that a damaged file can raise: the second one if SQLite's own message quotes the file."""


def is_damage(error: Exception) -> bool:
    """Return whether an error means a damaged file, not a problem of the disk, permissions or other processes."""
    return isinstance(error, DAMAGE_ERRORS) and _code(error) not in _UNUSABLE


def connect(path: Path) -> sqlite3.Connection:
    """Open a file of the cache; a missing or empty file is created.

    Raises
    ------
    sqlite3.DatabaseError, UnicodeDecodeError
        `is_damage` tells whether the file is damaged.
    """
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    deadline = time.monotonic() + BUSY_SECONDS
    try:
        while not _prepare(db, deadline):
            time.sleep(0.01)
    except DAMAGE_ERRORS:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, deadline: float) -> bool:
    """Return whether the file is ready: SQLite does not wait while another process switches the journal mode."""
    try:
        _create(db)
    except sqlite3.OperationalError as error:
        if _code(error) not in _BUSY or time.monotonic() > deadline:
            raise
        return False
    return True


def _create(db: sqlite3.Connection) -> None:
    is_new = _is_new(db)
    if is_new:
        db.execute(f"PRAGMA page_size={PAGE_SIZE}")
    read_value(db, "PRAGMA journal_mode=WAL")
    # Written rows survive a killed process in any mode. FULL waits for the disk once per batch, so that a power failure
    # loses the last batch at most; NORMAL could lose the last minute.
    db.execute("PRAGMA synchronous=FULL")
    db.execute(f"PRAGMA journal_size_limit={2**23}")
    if is_new:
        with transaction(db):
            for statement in _SCHEMA if _is_new(db) else ():  # another process may have created them
                db.execute(statement)
            db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _is_new(db: sqlite3.Connection) -> bool:
    """Return whether the file is empty; raise an error if it is neither empty nor a file of this cache."""
    tables = {
        bytes(sql).decode() for (sql,) in db.execute("SELECT CAST(sql AS BLOB) FROM sqlite_master WHERE sql > ''")
    }
    version = read_value(db, "PRAGMA user_version")
    if not tables and version in (0, SCHEMA_VERSION):  # the latter if another process creates it now
        return True
    # Compare the text itself: SQL with a changed letter may still be valid, and then nothing is ever found.
    if tables != set(_SCHEMA) or version != SCHEMA_VERSION:
        raise sqlite3.DatabaseError("it is not a file of this cache")
    return False


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Write everything inside the block, or nothing."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold a lock between processes, which is an empty file; if its holder is killed, the lock is free."""
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield


def read_value(db: sqlite3.Connection, query: str) -> int | str:
    """Return the single value that a query gives."""
    return db.execute(query).fetchone()[0]


def _code(error: Exception) -> int | None:
    """Return SQLite's primary error code; None for errors that are not from SQLite."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


KEPT_SHARE = 0.9
"""Share of the largest size that is kept when vectors are dropped."""

_FIND = (
    "SELECT CAST(vector AS BLOB), CAST(notes AS BLOB), used < ? FROM images JOIN vectors USING (id) "
    "WHERE fingerprint = ? AND hash = ?"
)
_COUNT = (
    "SELECT CAST(fingerprints.fingerprint AS BLOB), count(*), total(size) FROM images "
    "JOIN fingerprints ON fingerprints.id = images.fingerprint GROUP BY fingerprints.id ORDER BY max(used) DESC"
)
_OLDEST = (
    "SELECT id, fingerprint, hash FROM (SELECT *, total(size) OVER (ORDER BY used, id ROWS UNBOUNDED PRECEDING) - size "
    "AS before FROM images) WHERE before < ? * (SELECT total(size) FROM images)"
)

Row = tuple[bytes, bytes, bytes]
"""An image's content hash, its packed vector, and its packed notes."""


def find(db: sqlite3.Connection, embedder: int, content: bytes, since: float) -> tuple[np.ndarray | None, bytes, bool]:
    """Return the vector of an image, its packed notes, and whether its use has to be noted.

    Returns
    -------
    vector : ndarray of shape (n_features,), float32, or None
        None if the vector is missing, or it or its notes are damaged.
    notes : bytes
    is_unused : bool
        Whether it has not been used since the time `since` (seconds since 1970).
    """
    row = db.execute(_FIND, (since, embedder, content)).fetchone()
    if not row:
        return None, b"", False
    vector, notes = (value or b"" for value in row[:2])  # a damaged file may have NULL
    return unpack(vector, embedder, content, notes), notes, bool(row[2])


def insert(db: sqlite3.Connection, embedder: int, fingerprint: str, rows: Iterable[Row]) -> None:
    """Write the vectors of some images, and replace existing ones."""
    rows, now = list(rows), time.time()
    db.execute("INSERT OR IGNORE INTO fingerprints VALUES (?, ?)", (embedder, fingerprint))
    db.executemany(
        "DELETE FROM vectors WHERE id = (SELECT id FROM images WHERE fingerprint = ? AND hash = ?)",
        [(embedder, content) for content, *_ in rows],
    )
    for content, vector, notes in rows:
        vector_id = db.execute("INSERT INTO vectors (vector, notes) VALUES (?, ?)", (vector, notes)).lastrowid
        db.execute(
            "INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?, ?)", (embedder, content, vector_id, now, len(vector))
        )


def note_use(db: sqlite3.Connection, used: Iterable[tuple[int, bytes]]) -> None:
    """Write the current time as the last use of images, given by embedder and content hash."""
    now = time.time()
    db.executemany("UPDATE images SET used = ? WHERE fingerprint = ? AND hash = ?", [(now, *key) for key in used])


def drop_oldest(db: sqlite3.Connection, limit: int) -> None:
    """Drop the rows used longest ago if more than `limit` bytes are in use, down to about `KEPT_SHARE` of it."""
    while (in_use := _n_pages(db) - read_value(db, "PRAGMA freelist_count")) * PAGE_SIZE > limit:
        oldest = db.execute(_OLDEST, (1 - KEPT_SHARE * limit / (in_use * PAGE_SIZE),)).fetchall()
        if not oldest:
            break
        db.executemany("DELETE FROM vectors WHERE id = ?", [row[:1] for row in oldest])
        db.executemany("DELETE FROM images WHERE fingerprint = ? AND hash = ?", [row[1:] for row in oldest])


def shrink(db: sqlite3.Connection, limit: int) -> None:
    """Shrink a file that is far larger than `limit` bytes, as the limit was higher before."""
    if _n_pages(db) * PAGE_SIZE * KEPT_SHARE > limit:
        with transaction(db):
            drop_oldest(db, limit)
        _free_disk_space(db)


def clear(db: sqlite3.Connection) -> None:
    """Drop all rows, and free their disk space."""
    with transaction(db):
        for table in ("images", "vectors", "fingerprints"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - one of three names
    _free_disk_space(db)


def _free_disk_space(db: sqlite3.Connection) -> None:
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def count(db: sqlite3.Connection) -> list[tuple[str, int, int]]:
    """Return each embedder's fingerprint, number of images and bytes of vectors, the last used first."""
    return [(name.decode(errors="replace"), n, int(size)) for name, n, size in db.execute(_COUNT)]


def fingerprint_id(fingerprint: str) -> int:
    """Return the number that stands for a fingerprint: a hash, so that it need not be looked up."""
    return int.from_bytes(blake2b(fingerprint.encode(), digest_size=8).digest(), signed=True)


def pack(vector: np.ndarray, embedder: int, content: bytes, notes: bytes = b"") -> bytes:
    """Return a vector as little-endian float32 values, after a checksum of the values, embedder, image and notes."""
    values = np.ascontiguousarray(vector, "<f4").tobytes()
    return _checksum(values, embedder, content, notes) + values


def unpack(packed: bytes, embedder: int, content: bytes, notes: bytes = b"") -> np.ndarray | None:
    """Return the read-only vector; None if it was not packed for these, or is damaged."""
    checksum, values = packed[:4], packed[4:]
    if len(values) % 4 or checksum != _checksum(values, embedder, content, notes):
        return None
    return np.frombuffer(values, "<f4")


def _checksum(values: bytes, embedder: int, content: bytes, notes: bytes) -> bytes:
    return zlib.crc32(values, zlib.crc32(notes, zlib.crc32(content, embedder & 0xFFFFFFFF))).to_bytes(4, "little")


def _n_pages(db: sqlite3.Connection) -> int:
    return read_value(db, "PRAGMA page_count")
