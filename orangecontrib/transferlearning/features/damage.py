"""Notice damaged files of features: by checksums, and by the errors that their libraries raise."""

import json
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SourceError
from ..sources.keys import on_one_line

DAMAGE_ERRORS = (
    OSError, EOFError, ValueError, KeyError, IndexError, AttributeError, TypeError, RuntimeError, NotImplementedError,
    OverflowError, MemoryError, SyntaxError, SystemError, struct.error, tokenize.TokenError, zipfile.BadZipFile,
    zlib.error,
)  # fmt: skip
"""Errors that a library raises for a file whose bytes have changed: a wrong length, name, size or type."""


@contextmanager
def as_damage(path: Path, kind: str) -> Iterator[None]:
    """Raise a `SourceError` in place of what a library raises for a damaged file of a kind ("HDF5 file")."""
    try:
        yield
    except SourceError:
        raise
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except DAMAGE_ERRORS as error:
        words = on_one_line(" ".join(str(error).split())) or type(error).__name__
        raise SourceError(f"{path}: the {kind} cannot be read; it is damaged or incomplete ({words})") from error


def damage_error(path: Path, kind: str, what: str) -> SourceError:
    """Return an error for a file with a wrong checksum."""
    return SourceError(
        f"{path}: the {kind} is damaged or incomplete: its {what} are not as they were written; embed the images "
        "again, or take a copy"
    )


def checksum(data: bytes | np.ndarray, before: int = 0) -> int:
    """Return the CRC-32 of bytes, or of an array's float32 values, that follow others with the checksum `before`."""
    if isinstance(data, np.ndarray):
        data = np.ascontiguousarray(data, "<f4").data.cast("B") if data.size else b""
    return zlib.crc32(data, before)


def json_checksum(values: Any) -> int:
    """Return the CRC-32 of values that JSON can hold."""
    return checksum(json.dumps(values, sort_keys=True).encode())


class SummedBlocks:
    """Blocks of features, and their `checksum` once all have been read.

    Parameters
    ----------
    blocks : iterable of ndarray, float32
    """

    def __init__(self, blocks: Iterable[np.ndarray]):
        self._blocks = blocks
        self.checksum = 0

    def __iter__(self) -> Iterator[np.ndarray]:
        for block in self._blocks:
            self.checksum = checksum(block, self.checksum)
            yield block


def checked_blocks(
    path: Path, kind: str, read_blocks: Callable[[], Iterable[np.ndarray]], expected: int
) -> Iterator[np.ndarray]:
    """Yield blocks of features, and raise `SourceError` at the end if they are not those that were written."""
    with as_damage(path, kind):
        blocks = SummedBlocks(read_blocks())
        yield from blocks
    if blocks.checksum != expected:
        raise damage_error(path, kind, "features")
