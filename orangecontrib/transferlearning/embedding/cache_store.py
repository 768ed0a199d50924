"""What the file of a cache holds: how rows are found, written, counted and dropped."""

import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path

import numpy as np

SCHEMA_VERSION = 0x4F544C01
BUSY_SECONDS = 30
"""How long to wait for another process that is writing."""

# Vectors lie apart, so that noting a use or choosing what to drop reads and writes none of them.
_SCHEMA = (
    "CREATE TABLE fingerprints (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL)",
    "CREATE TABLE vectors (id INTEGER PRIMARY KEY, vector BLOB NOT NULL)",
    "CREATE TABLE images (fingerprint INTEGER, hash BLOB, id INTEGER, used REAL, size INTEGER, "
    "PRIMARY KEY (fingerprint, hash)) WITHOUT ROWID",
)
PAGE_SIZE = 2048
"""Bytes: vectors often have powers of two as lengths, and larger pages would stay half empty."""

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
"""What a damaged file may raise: the second where SQLite's own message quotes it."""


def is_damage(error: Exception) -> bool:
    """Whether an error speaks of what is in the file, rather than of the disk, of permissions or of other processes."""
    return isinstance(error, DAMAGE_ERRORS) and _code(error) not in _UNUSABLE


def connect(path: Path) -> sqlite3.Connection:
    """Open a file, made if it is not there or empty.

    Raises
    ------
    sqlite3.DatabaseError, UnicodeDecodeError
        `is_damage` tells whether the file is to blame.
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
    """Whether the file is ready: SQLite does not wait by itself while others switch its journal."""
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
    value_of(db, "PRAGMA journal_mode=WAL")
    # What is written outlives a killed process anyway. FULL waits for the disk once a batch, so that a power cut takes
    # no batch but the last; NORMAL would not harm the file either, but might lose the last minute.
    db.execute("PRAGMA synchronous=FULL")
    db.execute(f"PRAGMA journal_size_limit={2**23}")
    if is_new:
        with writing(db):
            for statement in _SCHEMA if _is_new(db) else ():  # another process may have been faster
                db.execute(statement)
            db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _is_new(db: sqlite3.Connection) -> bool:
    """Whether the file is empty; anything but empty or this cache's is damage."""
    tables = {
        bytes(sql).decode() for (sql,) in db.execute("SELECT CAST(sql AS BLOB) FROM sqlite_master WHERE sql > ''")
    }
    version = value_of(db, "PRAGMA user_version")
    if not tables and version in (0, SCHEMA_VERSION):  # the latter if another process made it between the two questions
        return True
    # The very words: a changed letter may be as good SQL as the right one, and find nothing ever after.
    if tables != set(_SCHEMA) or version != SCHEMA_VERSION:
        raise sqlite3.DatabaseError("it is not a file of this cache")
    return False


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """Do all that is written inside, or nothing."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait for other processes that are inside; an empty file is the lock, and a killed process leaves it open."""
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield


def value_of(db: sqlite3.Connection, question: str) -> int | str:
    """Ask for one value."""
    return db.execute(question).fetchone()[0]


def _code(error: Exception) -> int | None:
    """SQLite's number of an error without its details; None for Python's own and ours."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


KEPT = 0.9
"""Share of the greatest size that stays when some vectors have to go."""

_FIND = "SELECT CAST(vector AS BLOB), used < ? FROM images JOIN vectors USING (id) WHERE fingerprint = ? AND hash = ?"
_COUNT = (
    "SELECT CAST(fingerprints.fingerprint AS BLOB), count(*), total(size) FROM images "
    "JOIN fingerprints ON fingerprints.id = images.fingerprint GROUP BY fingerprints.id ORDER BY max(used) DESC"
)
_OLDEST = (
    "SELECT id, fingerprint, hash FROM (SELECT *, total(size) OVER (ORDER BY used, id ROWS UNBOUNDED PRECEDING) - size "
    "AS before FROM images) WHERE before < ? * (SELECT total(size) FROM images)"
)

Row = tuple[bytes, bytes]
"""An image's content hash and its packed vector."""


def find(db: sqlite3.Connection, embedder: int, content: bytes, since: float) -> tuple[np.ndarray | None, bool]:
    """Look an image up.

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
    """Write the vectors of some images, in place of those that were there."""
    rows, now = list(rows), time.time()
    db.execute("INSERT OR IGNORE INTO fingerprints VALUES (?, ?)", (embedder, fingerprint))
    db.executemany(
        "DELETE FROM vectors WHERE id = (SELECT id FROM images WHERE fingerprint = ? AND hash = ?)",
        [(embedder, content) for content, _ in rows],
    )
    for content, vector in rows:
        place = db.execute("INSERT INTO vectors (vector) VALUES (?)", (vector,)).lastrowid
        db.execute("INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?, ?)", (embedder, content, place, now, len(vector)))


def note_use(db: sqlite3.Connection, used: Iterable[tuple[int, bytes]]) -> None:
    """Write down that images, given by embedder and content hash, are in use now."""
    now = time.time()
    db.executemany("UPDATE images SET used = ? WHERE fingerprint = ? AND hash = ?", [(now, *key) for key in used])


def drop_oldest(db: sqlite3.Connection, limit: int) -> None:
    """If more than `limit` bytes are in use, drop what was not used for longest, down to about `KEPT` of that."""
    while (in_use := _n_pages(db) - value_of(db, "PRAGMA freelist_count")) * PAGE_SIZE > limit:
        oldest = db.execute(_OLDEST, (1 - KEPT * limit / (in_use * PAGE_SIZE),)).fetchall()
        if not oldest:
            break
        db.executemany("DELETE FROM vectors WHERE id = ?", [row[:1] for row in oldest])
        db.executemany("DELETE FROM images WHERE fingerprint = ? AND hash = ?", [row[1:] for row in oldest])


def fit(db: sqlite3.Connection, limit: int) -> None:
    """Make a file smaller that is far larger than `limit` bytes: one from times of another limit."""
    if _n_pages(db) * PAGE_SIZE * KEPT > limit:
        with writing(db):
            drop_oldest(db, limit)
        _give_back(db)


def clear(db: sqlite3.Connection) -> None:
    """Drop everything, and give the room back to the disk."""
    with writing(db):
        for table in ("images", "vectors", "fingerprints"):
            db.execute(f"DELETE FROM {table}")
    _give_back(db)


def _give_back(db: sqlite3.Connection) -> None:
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def count(db: sqlite3.Connection) -> list[tuple[str, int, int]]:
    """Fingerprint, number of images and bytes of their vectors, of each embedder, the last used first."""
    return [(name.decode(errors="replace"), n, int(size)) for name, n, size in db.execute(_COUNT)]


def identify(fingerprint: str) -> int:
    """Number that stands for a fingerprint: the same everywhere, so that nobody has to look it up."""
    return int.from_bytes(blake2b(fingerprint.encode(), digest_size=8).digest(), signed=True)


def pack(vector: np.ndarray, embedder: int, content: bytes) -> bytes:
    """Float32 values, little-endian, behind a checksum of them and of whose they are."""
    values = np.ascontiguousarray(vector, "<f4").tobytes()
    return _checksum(values, embedder, content) + values


def unpack(packed: bytes, embedder: int, content: bytes) -> np.ndarray | None:
    """The vector, read-only; None unless it is what was packed for this embedder and image."""
    checksum, values = packed[:4], packed[4:]
    if len(values) % 4 or checksum != _checksum(values, embedder, content):
        return None
    return np.frombuffer(values, "<f4")


def _checksum(values: bytes, embedder: int, content: bytes) -> bytes:
    return zlib.crc32(values, zlib.crc32(content, embedder & 0xFFFFFFFF)).to_bytes(4, "little")


def _n_pages(db: sqlite3.Connection) -> int:
    return value_of(db, "PRAGMA page_count")
