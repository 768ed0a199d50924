"""Write files that appear under their names whole, or not at all, and lines of CSV."""

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar, Self

from .errors import SinkError

PathLike = str | os.PathLike

CSV_FILE = {"mode": "w", "encoding": "utf-8", "newline": ""}
"""Arguments that open a file for `csv_line`."""


def csv_line(cells: Iterable[Any]) -> str:
    """Return a line of CSV that ends in a line feed.

    Cells with a carriage return are in quotation marks, as other readers take it for the end of a line: Python adds
    these only where its own lines end in one.

    Raises
    ------
    SinkError
        A cell has a NUL character, at which other readers cut it off.
    """
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    text = line.getvalue().removesuffix("\r\n")
    if "\0" in text:
        raise SinkError(f"CSV cannot hold a NUL character, which {text[:80]!r} has: remove it.")
    return text + "\n"


class AtomicFiles:
    """Files that are written beside their final names and renamed at the end.

    Parameters
    ----------
    paths : tuple of Path
        The final names.
    overwrite : bool
        Whether existing files may be replaced.
    inputs : sequence of path
        Files that are being read; they are never replaced.
    stale : tuple of Path
        Files that an earlier output may have had, and this one does not have. They count as existing files, and are
        removed if they may be replaced, so that they do not pass for a part of the new output.

    Raises
    ------
    SinkError
        A file exists already, is being read, or its folder does not exist.
    """

    opening: ClassVar[dict[str, Any]] = {"mode": "wb"}

    def __init__(
        self, paths: tuple[Path, ...], overwrite: bool, inputs: Sequence[PathLike] = (), stale: tuple[Path, ...] = ()
    ):
        self.paths = paths
        self._stale = stale
        self._overwrite = overwrite
        for path in (*paths, *stale):
            check_output(path, overwrite, inputs)
        self._files: list[IO] = []

    def __enter__(self) -> Self:
        try:
            with as_sink_error(self.paths[0]):
                for path in self.paths:
                    self._files.append(_part(path).open(**self.opening))
        except BaseException:
            # Python does not call `__exit__` after an error here.
            for file in self._files:
                file.close()
            self._remove_parts()
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: object) -> None:
        try:
            with as_sink_error(self.paths[0]):
                try:
                    if kind is None:
                        self._finish()
                finally:
                    for file in self._files:
                        file.close()
                if kind is None:
                    self._publish()
        finally:
            self._remove_parts()

    def _remove_parts(self) -> None:
        for path in self.paths:
            _part(path).unlink(missing_ok=True)

    def _finish(self) -> None:
        """Write what can only be known at the end."""

    def _publish(self) -> None:
        # Another run may have finished in the meantime.
        for path in (*self.paths, *self._stale):
            check_output(path, self._overwrite)
        for path in self.paths:
            os.replace(_part(path), path)
        for path in self._stale:
            path.unlink(missing_ok=True)


class AtomicFile(AtomicFiles):
    """A single file that is written beside its final name and renamed at the end.

    Inside the ``with`` block it is a binary file with the method `write`, for `pickle.dump`, `Figure.savefig` and the
    like.

    Parameters
    ----------
    path : path
        Its name, in which ``~`` stands for the home folder.
    overwrite, inputs, stale
        As for `AtomicFiles`.
    """

    def __init__(
        self, path: PathLike, *, overwrite: bool = False, inputs: Sequence[PathLike] = (), stale: tuple[Path, ...] = ()
    ):
        self.path = file_path(path)
        super().__init__((self.path,), overwrite, inputs, stale)

    def write(self, content: bytes) -> int:
        """Append some bytes, and return their number.

        Raises
        ------
        SinkError
            The file cannot be written, for example because the disk is full.
        """
        with as_sink_error(self.path):
            return self._files[0].write(content)


def file_path(path: PathLike) -> Path:
    """Return a path with ``~`` expanded, or raise `SinkError` if it does not name a file."""
    text = os.fspath(path)
    if Path(text).name in ("", "..") or text.endswith(("/", os.sep)):
        raise SinkError(f"{text!r} is not the name of a file: name a file to write.")
    return Path(text).expanduser()


@contextmanager
def as_sink_error(path: PathLike) -> Iterator[None]:
    """Raise a `SinkError` in place of the system's error when `path` is written."""
    try:
        yield
    except SinkError:
        raise
    except OSError as error:
        raise SinkError(f"Cannot write {path}: {error.strerror or error}.") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield the name of a temporary file, which is renamed to `path` if nothing fails."""
    part = _part(path)
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def check_output(path: Path, overwrite: bool, inputs: Sequence[PathLike] = ()) -> None:
    """Raise `SinkError` if a file exists already, is being read, or its folder does not exist."""
    if path.is_dir():
        raise SinkError(f"{path} is a folder; name a file.")
    if any(_is_same_file(path, Path(each)) for each in inputs):
        raise SinkError(f"{path} is one of the files that this reads or writes already: choose another name.")
    if os.path.lexists(path) and not overwrite:
        raise SinkError(f"{path} is there already: choose another name, or say --overwrite (overwrite=True).")
    if not path.parent.is_dir():
        raise SinkError(f"There is no folder {path.parent} to write {path.name} in: make it first.")


def _is_same_file(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()
