"""Keep a hidden folder beside an output, in which one run at a time writes its files."""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO

from .errors import SinkError

_LOCK = "lock"

_HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}
"""Errors that say that another process holds a lock; others say that the file system has no locks."""


class DamagedWorkError(SinkError):
    """The work that a stopped run has left in a folder is damaged, and can only be begun again.

    Parameters
    ----------
    folder : Path
    what : str, optional
        The message, without what to do.
    """

    def __init__(self, folder: Path, what: str = ""):
        super().__init__(
            f"{what or f'The work of a stopped run in {folder} is damaged'}: say --overwrite to begin again."
        )


class PartFolder:
    """A hidden folder beside an output, which is locked for one run.

    The lock ends with the process that holds it: what a killed run has left in the folder belongs to the next run.
    Links may be another's, who means them to lead this run to files elsewhere: the folder itself may not be one, and
    those in it are removed, never followed.

    Parameters
    ----------
    folder : Path
        Made by `lock`.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock: IO | None = None
        self._output = Path()

    @property
    def is_locked(self) -> bool:
        """True if this run holds the lock."""
        return self._lock is not None

    def check_free(self, output: Path) -> None:
        """Raise `SinkError` if another run holds the lock now; nothing is made, and nothing stays locked."""
        self._check_no_link(output)
        try:
            file = (self.folder / _LOCK).open(mode="r+b")
        except OSError:
            return
        with file:
            if not _try_lock(file):
                raise _held_error(output)

    def lock(self, output: Path) -> None:
        """Make the folder if it does not exist, and lock it, until `unlock` or the end of this process.

        Raises
        ------
        SinkError
            Another run is writing the same output, or the folder is a link.
        OSError
            The folder cannot be made.
        """
        self._output = output
        while self._lock is None:
            self._check_no_link(output)
            self.folder.mkdir(exist_ok=True)
            try:
                _unlink_link(self.folder / _LOCK)
                file = (self.folder / _LOCK).open(mode="ab")
            except FileNotFoundError:
                # The run that held the lock has just removed the folder.
                continue
            if not _try_lock(file):
                file.close()
                raise _held_error(output)
            if _is_at(file, self.folder / _LOCK):
                self._lock = file
            else:
                file.close()
        self._remove_links()

    def _check_no_link(self, output: Path) -> None:
        if self.folder.is_symlink():
            raise SinkError(
                f"{self.folder}, the folder for the work on {output}, is a link: remove it, or choose another name."
            )

    def _remove_links(self) -> None:
        for folder, folders, files in os.walk(self.folder):
            for name in (*folders, *files):
                _unlink_link(Path(folder, name))

    def check_held(self) -> None:
        """Raise `SinkError` if the folder was removed, or made anew, while this run has its lock."""
        if self._lock and not _is_at(self._lock, self.folder / _LOCK):
            raise SinkError(
                f"Cannot write {self._output}: {self.folder}, which holds the work, was removed during the run."
            )

    def unlock(self) -> None:
        """Release the lock."""
        if self._lock:
            self._lock.close()
        self._lock = None

    def clear(self) -> None:
        """Remove everything in the folder except the lock."""
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != _LOCK:
                path.unlink()

    def remove(self) -> None:
        """Remove the folder and release the lock; files that cannot be removed stay, for the next run to remove."""
        if self._lock and not _is_at(self._lock, self.folder / _LOCK):
            # The folder may be another run's by now.
            self.unlock()
            return
        with suppress(OSError):
            self.clear()
        if os.name == "nt":
            # Windows removes no file that is open.
            self.unlock()
        # A run that waits for the lock sees that the file is gone, and makes the folder again.
        with suppress(OSError):
            (self.folder / _LOCK).unlink()
            self.folder.rmdir()
        self.unlock()


def _held_error(output: Path) -> SinkError:
    return SinkError(f"{output} is being written by another run: wait for it, or choose another name.")


def _unlink_link(path: Path) -> None:
    if path.is_symlink():
        path.unlink()


def _is_at(file: IO, path: Path) -> bool:
    """Return whether an open file is still the one at a path."""
    try:
        return os.path.samefile(file.fileno(), path)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _try_lock(file: IO) -> bool:
    """Lock a file, if no other process holds its lock; a file system without locks is taken as it is."""
    try:
        _lock(file)
    except OSError as error:
        return error.errno not in _HELD
    return True


def _lock(file: IO) -> None:
    """Lock a file, or raise OSError if another process holds the lock."""
    if os.name == "nt":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
