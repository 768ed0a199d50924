"""A file that keeps what goes wrong to itself until it is asked."""

import io
import os
from pathlib import Path


class LateErrorFile(io.FileIO):
    """A file to write and read, for libraries that a full disk would make end the process.

    After the first failure it takes everything and writes nothing. An interrupt counts as one.

    Parameters
    ----------
    path : Path
        Made new.
    """

    def __init__(self, path: Path):
        super().__init__(os.fspath(path), "w+")
        self._error: BaseException | None = None

    def write(self, data: bytes) -> int:
        """Write all of the bytes."""
        rest = memoryview(data).cast("B")
        n_bytes = len(rest)
        try:
            while rest and not self._error:
                rest = rest[super().write(rest) :]
        except (OSError, KeyboardInterrupt) as error:
            self._error = error
        return n_bytes

    def truncate(self, size: int | None = None) -> int:
        """Make the file so many bytes long."""
        try:
            return self.tell() if self._error else super().truncate(size)
        except (OSError, KeyboardInterrupt) as error:
            self._error = error
            return 0

    def raise_error(self) -> None:
        """Raise the first thing that went wrong, if anything did."""
        if self._error:
            raise self._error

    def __exit__(self, *error: object) -> None:
        self.close()
        # What the library makes of it comes after it.
        self.raise_error()
