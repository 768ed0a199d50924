"""Connections to the file of the cache, which may be damaged or replaced at any time."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from . import cache_store

_MAX_TRIES = 5  # other processes may be renaming the same file

T = TypeVar("T")


@dataclass(eq=False)
class _Idle:
    """Unused connections, and the identity of the file that they have open."""

    connections: list[sqlite3.Connection] = field(default_factory=list)
    file: tuple[int, int] | None = None


class ConnectionPool:
    """A pool with one connection per working thread, opened when needed and reused by other threads.

    Parameters
    ----------
    path : Path
        Path of the file; its folder is created if necessary.

    Attributes
    ----------
    problem : str or None
        Reason why the file cannot be used; nothing is done from then on.
    was_damaged : bool
        Whether a damaged file was renamed, and a new one begun.
    """

    def __init__(self, path: Path):
        self.path = path
        self.problem: str | None = None
        self.was_damaged = False
        self._idle = _Idle()
        self._lock = threading.Lock()

    @property
    def aside(self) -> Path:
        """Path that a damaged file is renamed to."""
        return self.path.with_name(f"{self.path.name}.corrupt")

    @property
    def companions(self) -> tuple[Path, Path]:
        """Paths of the two files that SQLite keeps beside its own."""
        return self.path.with_name(f"{self.path.name}-wal"), self.path.with_name(f"{self.path.name}-shm")

    def use(self, work: Callable[[sqlite3.Connection], T], default: T) -> T:
        """Run a function with a connection, again if a damaged file had to be renamed.

        Parameters
        ----------
        work : callable
            Called with a connection.
        default
            Returned if the file cannot be used.
        """
        for _ in range(_MAX_TRIES):
            if self.problem:
                break
            idle = self._idle
            try:
                with self._lend(idle) as db:
                    return work(db)
            except (*cache_store.DAMAGE_ERRORS, OSError) as error:
                self._recover(error, idle)
        else:
            self.problem = f"{self.path} is damaged again and again."
        return default

    def close(self) -> None:
        """Close all connections, those in use as soon as they are returned; `use` opens new ones."""
        with self._lock:
            self._retire()

    @contextmanager
    def _lend(self, idle: _Idle) -> Iterator[sqlite3.Connection]:
        with self._lock:
            db = idle.connections.pop() if idle.connections else None
        db = db or self._open(idle)
        healthy = False
        try:
            yield db
            healthy = True
        finally:
            with self._lock:
                keep = healthy and idle is self._idle
                if keep:
                    idle.connections.append(db)
            if not keep:
                db.close()

    def _open(self, idle: _Idle) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and not self.path.is_file():
            os.replace(self.path, self.aside)
            self.was_damaged = True
        idle.file = idle.file or self._identity()  # before opening, as the file may be replaced meanwhile
        return cache_store.connect(self.path)

    def _recover(self, error: Exception, idle: _Idle) -> None:
        """Rename a damaged file; any other error switches the cache off, unless the file has been replaced."""
        with self._lock:
            if idle is not self._idle:  # another thread has done this already
                return
            self._retire()
            if idle.file == self._identity():
                problem = self._set_aside(idle.file) if cache_store.is_damage(error) else error
                self.problem = problem and f"{self.path} cannot be used: {problem}."

    def _set_aside(self, file: tuple[int, int] | None) -> Exception | None:
        try:
            with cache_store.exclusive_lock(self.path.with_name(f"{self.path.name}.lock")):
                if file == self._identity():  # else another process has done this already
                    for path in self.companions:  # first, or the new file would use them
                        path.unlink(missing_ok=True)
                    os.replace(self.path, self.aside)
                    self.was_damaged = True
        except (sqlite3.DatabaseError, OSError) as error:
            return error
        return None

    def _retire(self) -> None:
        idle, self._idle = self._idle, _Idle()
        for db in idle.connections:
            db.close()

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self.path)
        except OSError:
            return None
        return status.st_dev, status.st_ino
