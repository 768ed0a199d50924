"""A file for libraries that end the process if a write fails."""

import io
import os
from pathlib import Path


class LateErrorFile(io.FileIO):
    """A file that postpones errors, for libraries that end the process if a write fails.

    After the first error, or an interrupt, it accepts all bytes and writes nothing.

    Parameters
    ----------
    path : Path
        The file; it is replaced if it exists.
    """

    def __init__(self, path: Path):
        super().__init__(os.fspath(path), "w+")
        self._error: BaseException | None = None

    def write(self, data: bytes) -> int:
        """Write all bytes, or note the first error."""
        rest = memoryview(data).cast("B")
        n_bytes = len(rest)
        try:
            while rest and not self._error:
                rest = rest[super().write(rest) :]
        except (OSError, KeyboardInterrupt) as error:
            self._error = error
        return n_bytes

    def truncate(self, size: int | None = None) -> int:
        """Set the length of the file in bytes, or note the first error."""
        try:
            return self.tell() if self._error else super().truncate(size)
        except (OSError, KeyboardInterrupt) as error:
            self._error = error
            return 0

    def raise_error(self) -> None:
        """Raise the first error, if there was one."""
        if self._error:
            raise self._error

    def __exit__(self, *error: object) -> None:
        self.close()
        # The first error is the cause of any error that the library raises.
        self.raise_error()
