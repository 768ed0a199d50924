"""Write files that survive a crash of the computer."""

import io
import os
from pathlib import Path
from typing import IO


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
