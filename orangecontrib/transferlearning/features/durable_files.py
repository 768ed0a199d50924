"""Lock a folder for one run, and write files that survive a crash of the computer."""

import io
import os
from pathlib import Path
from typing import IO

_NAME = "lock"


def lock_folder(folder: Path) -> IO:
    """Make a folder if it does not exist, and lock it for this run.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    file
        Holds the lock until the file is closed or this process ends.

    Raises
    ------
    BlockingIOError
        Another run holds the lock.
    OSError
        The folder cannot be made.
    """
    while True:
        folder.mkdir(exist_ok=True)
        try:
            file = (folder / _NAME).open("ab")
        except FileNotFoundError:
            # The run that held the lock has just removed the folder.
            continue
        try:
            _lock(file)
        except OSError as error:
            file.close()
            raise BlockingIOError(f"{folder} is locked") from error
        if _is_same_file(file, folder / _NAME):
            return file
        file.close()


def _is_same_file(file: IO, path: Path) -> bool:
    """Return whether an open file is still the file at a path."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: IO) -> None:
    """Lock a file, or raise OSError if another process holds the lock."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def open_unbuffered(path: Path, mode: str) -> io.RawIOBase:
    """Open a binary file without a buffer, so that closing it does not repeat a failed write."""
    return path.open(mode, buffering=0)


def write_all(file: io.RawIOBase, data: bytes) -> None:
    """Write all bytes to an unbuffered file, which may accept only some of them at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def sync_file(file: IO) -> None:
    """Wait until the written bytes are on the disk."""
    file.flush()
    os.fsync(file.fileno())


def write_text_atomically(path: Path, text: str) -> None:
    """Write a text file that appears whole or not at all, even if the computer crashes."""
    part = path.with_suffix(".new")
    with open_unbuffered(part, "wb") as file:
        write_all(file, text.encode())
        sync_file(file)
    os.replace(part, path)
