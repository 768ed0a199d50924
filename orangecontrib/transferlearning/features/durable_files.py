"""Lock a folder for one run, and write files that survive a crash of the computer."""

import io
import os
from pathlib import Path
from typing import IO

_NAME = "lock"


def lock_folder(folder: Path) -> IO:
    """Make a folder if it is not there, and keep other runs out of it.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    file
        Keeps the lock until it is closed, or this process ends, however it ends.

    Raises
    ------
    BlockingIOError
        Another run has the lock.
    OSError
        The folder cannot be made.
    """
    while True:
        folder.mkdir(exist_ok=True)
        try:
            file = (folder / _NAME).open("ab")
        except FileNotFoundError:
            # Who had the lock has taken the folder away.
            continue
        try:
            _lock(file)
        except OSError as error:
            file.close()
            raise BlockingIOError(f"{folder} is locked") from error
        if _is_at(file, folder / _NAME):
            return file
        file.close()


def _is_at(file: IO, path: Path) -> bool:
    """Return whether an open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: IO) -> None:
    """Raise OSError if another process has the lock."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def open_unbuffered(path: Path, mode: str) -> io.RawIOBase:
    """Open a file of bytes without a buffer: what a full disk refuses is then not tried again when it is closed."""
    return path.open(mode, buffering=0)


def write_all(file: io.RawIOBase, data: bytes) -> None:
    """Write all of the bytes to an unbuffered file, which may take only some of them at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def to_disk(file: IO) -> None:
    """Wait until what was written is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def write_whole(path: Path, text: str) -> None:
    """Write a text file that appears whole or not at all, whenever the computer stops."""
    part = path.with_suffix(".new")
    with open_unbuffered(part, "wb") as file:
        write_all(file, text.encode())
        to_disk(file)
    os.replace(part, path)
