"""Opens the file of a cache, made if need be, for one of many processes."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SCHEMA_VERSION = 0x4F544C01
BUSY_SECONDS = 30
"""How long to wait for another process that is writing."""

# Vectors lie apart, so that noting a use or choosing what to drop reads and writes none of them.
_SCHEMA = (
    "CREATE TABLE fingerprints (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL)",
    "CREATE TABLE vectors (id INTEGER PRIMARY KEY, vector BLOB NOT NULL)",
    "CREATE TABLE pictures (fingerprint INTEGER, hash BLOB, id INTEGER, used REAL, size INTEGER, "
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
