"""Bytes that are on the disk when the call that writes them returns."""

import io
import os
from pathlib import Path
from typing import IO


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
