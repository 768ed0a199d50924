"""Connections to the file of a cache, whatever happens to that file."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from . import cache_store as cachefile

_MAX_TRIES = 5  # other processes may be setting the same file aside

T = TypeVar("T")


@dataclass(eq=False)
class _Idle:
    """Connections that nobody is using, and the identity of the file that they have open."""

    connections: list[sqlite3.Connection] = field(default_factory=list)
    file: tuple[int, int] | None = None


class ConnectionPool:
    """A connection for each thread at work, opened when it is needed and lent to another thread afterwards.

    Parameters
    ----------
    path : Path
        Of the file; its folder is made if need be.

    Attributes
    ----------
    problem : str or None
        Why there is no working with the file: from then on, nothing is done.
    """

    def __init__(self, path: Path):
        self.path = path
        self.problem: str | None = None
        self._idle = _Idle()
        self._lock = threading.Lock()

    @property
    def aside(self) -> Path:
        """Where a damaged file goes."""
        return self.path.with_name(f"{self.path.name}.corrupt")

    @property
    def companions(self) -> tuple[Path, Path]:
        """The files that SQLite keeps beside its own."""
        return self.path.with_name(f"{self.path.name}-wal"), self.path.with_name(f"{self.path.name}-shm")

    def use(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        """Do some work, again if a damaged file had to be set aside meanwhile.

        Parameters
        ----------
        work : callable
            Gets a connection.
        nothing
            Returned where the work cannot be done.
        """
        for _ in range(_MAX_TRIES):
            if self.problem:
                break
            idle = self._idle
            try:
                with self._lend(idle) as db:
                    return work(db)
            except (*cachefile.DAMAGE_ERRORS, OSError) as error:
                self._recover(error, idle)
        else:
            self.problem = f"{self.path} is damaged again and again."
        return nothing

    def close(self) -> None:
        """Close the connections, those at work as soon as they are back; `use` opens new ones."""
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
        idle.file = idle.file or self._identity()  # before opening: if in doubt, it is of a file that is gone
        return cachefile.connect(self.path)

    def _recover(self, error: Exception, idle: _Idle) -> None:
        """Set a damaged file aside; any other error is the end, unless the file is another by now."""
        with self._lock:
            if idle is not self._idle:  # another thread was here first
                return
            self._retire()
            if idle.file == self._identity():
                problem = self._set_aside(idle.file) if cachefile.is_damage(error) else error
                self.problem = problem and f"{self.path} cannot be used: {problem}."

    def _set_aside(self, file: tuple[int, int] | None) -> Exception | None:
        try:
            with cachefile.alone(self.path.with_name(f"{self.path.name}.lock")):
                if file == self._identity():  # else another process was here first
                    for path in self.companions:  # before the file, lest they be taken for those of its successor
                        path.unlink(missing_ok=True)
                    os.replace(self.path, self.aside)
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
