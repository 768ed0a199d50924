"""Write and check a trailer of checksums behind an HDF5 file, which HDF5 itself does not read.

HDF5 has checksums for its structure and the chunks of features, but not for text; and its library may wait forever for
a file with damaged text. So everything but the chunks is compared before the library opens the file.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .damage import checksum, damage_error

_NAME = b"\norange-transfer checksums "
_TAIL = 2 * 10
"""Number of bytes of the two numbers at the end: length and checksum of what is before them in the trailer."""

_SEARCHED = 1 << 20
"""Number of bytes at the end of a file in which a damaged trailer is searched for."""

_PIECE = 1 << 24

Extent = tuple[int, int]
"""First byte, and number of bytes."""


def write_trailer(path: Path, chunks: list[Extent], features: int) -> None:
    """Append the trailer to a finished file.

    Parameters
    ----------
    path : Path
    chunks : list of (int, int)
        First byte and number of bytes of each chunk of features.
    features : int
        Checksum of the features.
    """
    with path.open("r+b") as file:
        n_bytes = file.seek(0, os.SEEK_END)
        facts = {"features": features, "chunks": sorted(chunks), "n_bytes": n_bytes}
        facts["others"] = _others(file, facts["chunks"], n_bytes)
        text = _NAME + json.dumps(facts).encode()
        file.seek(n_bytes)
        file.write(text + b"%10d%10d" % (len(text), checksum(text)))


def read_trailer(path: Path, kind: str) -> int | None:
    """Check everything but the features, and return the checksum of the features; None if there is no trailer.

    Raises
    ------
    SourceError
        The file is not as it was written.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        length = tail[:10].strip()
        start = size - _TAIL - int(length) if length.isdigit() else 0
        file.seek(max(0, start))
        text = file.read(max(0, size - _TAIL - max(0, start))) if 0 < start else b""
        if not text.startswith(_NAME) or tail[10:] != b"%10d" % checksum(text):
            file.seek(max(0, size - _SEARCHED))
            if _NAME.strip() in file.read() or _has_more_than_hdf5(file, size):
                raise damage_error(path, kind, "checksums")
            return None
        facts = json.loads(text.removeprefix(_NAME))
        if facts["n_bytes"] != start or _others(file, facts["chunks"], start) != facts["others"]:
            raise damage_error(path, kind, "columns or settings")
        return facts["features"]


def _has_more_than_hdf5(file: IO[bytes], size: int) -> bool:
    """Return whether more follows the end that HDF5 notes in its superblock of version 2 or 3: a damaged trailer."""
    file.seek(0)
    head = file.read(36)
    is_known = head.startswith(b"\x89HDF\r\n\x1a\n") and head[8:10] in (b"\2\10", b"\3\10")
    return is_known and int.from_bytes(head[28:], "little") < size


def _others(file: IO[bytes], chunks: list[Extent], n_bytes: int) -> int:
    """Return the checksum of all bytes that are not in a chunk."""
    found = 0
    for start, stop in _gaps(chunks, n_bytes):
        file.seek(start)
        for at in range(start, stop, _PIECE):
            found = checksum(file.read(min(_PIECE, stop - at)), found)
    return found


def _gaps(chunks: list[Extent], n_bytes: int) -> Iterator[Extent]:
    """Yield first and last position of the bytes before, between and after the chunks."""
    position = 0
    for start, length in chunks:
        yield position, start
        position = start + length
    yield position, n_bytes
