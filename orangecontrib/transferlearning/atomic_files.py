"""Write files that appear under their names whole, or not at all, and lines of CSV."""

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, ClassVar, Self

from .errors import SinkError
from .part_folder import DamagedWorkError, PartFolder

PathLike = str | os.PathLike

CSV_FILE = {"mode": "w", "encoding": "utf-8", "newline": ""}
"""Arguments that open a file for `csv_line`."""


MAX_NAME_BYTES = 240
"""Largest number of bytes of an output's name: file systems allow 255, and hidden folders have longer ones."""

_FINISHED = ".finished"
"""Name of the list of several finished files, from just before they are moved."""


MAX_CELL = 131_072
"""Largest number of characters of a cell that Python's module csv reads, and with it many programs."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters of cells that spreadsheets compute, or split and then compute."""


def check_text(text: str, what: str, *, as_cell: bool = False) -> None:
    """Check that files can hold a text so that all readers read it back.

    Parameters
    ----------
    text : str
    what : str
        What it is, for the message: "the label of 'a.png'".
    as_cell : bool
        Whether it becomes a cell of CSV, which may not be longer than `MAX_CELL`.

    Raises
    ------
    SinkError
        It has a NUL, at which some readers cut it off, or half of a surrogate pair, which is no character; or it is too
        long for a cell.
    """
    found = _UNSTORABLE.search(text)
    if found:
        kind = "a NUL character" if found[0] == "\0" else f"{found[0]!r}, which is no character,"
        raise SinkError(f"A file cannot hold {kind} in {what}, {text[:80]!r}: remove it.")
    if as_cell and len(text) > MAX_CELL:
        raise SinkError(
            f"A cell of CSV can hold {MAX_CELL} characters, and {what} has {len(text)}: shorten it, or write an .h5 or "
            ".parquet file."
        )


def csv_line(cells: Iterable[Any], *, escape_formulas: bool = False) -> str:
    """Return a line of CSV that ends in a line feed.

    Cells with a carriage return are in quotation marks, as other readers take it for the end of a line: Python adds
    these only where its own lines end in one.

    Parameters
    ----------
    cells : iterable
    escape_formulas : bool
        Whether to begin text that a spreadsheet would compute with an apostrophe, so that it shows the text.

    Raises
    ------
    SinkError
        `check_text` refuses a cell.
    """
    cells = list(cells)
    for cell in cells:
        if isinstance(cell, str):
            check_text(cell, "a cell of CSV", as_cell=True)
    line = io.StringIO(newline="")
    csv.writer(line).writerow(map(_escape, cells) if escape_formulas else cells)
    return line.getvalue().removesuffix("\r\n") + "\n"


def _escape(cell: Any) -> Any:
    if not isinstance(cell, str) or not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


class AtomicFiles:
    """Files that are written in a hidden folder beside their final names, and moved there at the end.

    A run that is killed leaves the old files, or the new ones, or none under the first name; never some of both. Then
    the next run that writes them puts the new ones in place if they were finished, and removes the folder.

    Parameters
    ----------
    paths : tuple of Path
        The final names. A link to a file stays, and its target is written; one of several files may not be a link.
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
        A file exists already, is being read, is being written by another run, or its folder does not exist.
    """

    opening: ClassVar[dict[str, Any]] = {"mode": "wb"}

    def __init__(
        self, paths: tuple[Path, ...], overwrite: bool, inputs: Sequence[PathLike] = (), stale: tuple[Path, ...] = ()
    ):
        self.paths = tuple(map(link_target, paths))
        self._stale = stale
        self._overwrite = overwrite
        if len(paths) > 1:
            _check_no_links(paths)
        for path in (*paths, *stale):
            check_output(path, overwrite, inputs)
        self._place = PartFolder(_part_folder(self.paths[0]))
        self._place.check_free(self.paths[0])
        self._files: list[IO] = []

    def __enter__(self) -> Self:
        try:
            with as_sink_error(self.paths[0]):
                self._place.lock(self.paths[0])
                self._recover()
                for path in self.paths:
                    self._files.append(self._part(path).open(**self.opening))
        except BaseException:
            # Python does not call `__exit__` after an error here.
            self._leave()
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: object) -> None:
        try:
            with as_sink_error(self.paths[0]):
                if kind is None:
                    self._finish()
                    for file in self._files:
                        file.flush()
                        os.fsync(file.fileno())
                        file.close()
                    self._publish()
        finally:
            self._leave()

    def _leave(self) -> None:
        # An error here must not hide the one that stopped the work.
        for file in self._files:
            with suppress(OSError):
                file.close()
        if self._place.is_locked:
            self._place.remove()

    def _finish(self) -> None:
        """Write what can only be known at the end."""

    def _part(self, path: Path) -> Path:
        return self._place.folder / path.name

    def _publish(self) -> None:
        # Another run may have finished in the meantime.
        for path in (*self.paths, *self._stale):
            check_output(path, self._overwrite)
        first, *others = self.paths
        if others:
            names = json.dumps({"written": [path.name for path in self.paths], "stale": [p.name for p in self._stale]})
            part = self._part(Path(_FINISHED + ".new"))
            with part.open("w", encoding="utf-8") as file:
                file.write(names)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self._part(Path(_FINISHED)))
        self._move(first, others, self._stale)

    def _move(self, first: Path, others: Sequence[Path], stale: Iterable[Path]) -> None:
        if others and self._part(first).exists():
            # Without the first one, the others are no output.
            first.unlink(missing_ok=True)
        for path in stale:
            path.unlink(missing_ok=True)
        for path in (*others, first):
            if self._part(path).exists():
                os.replace(self._part(path), path)

    def _recover(self) -> None:
        """Move the files that a killed run had finished, and remove those that it had not."""
        finished = self._read_finished()
        if finished:
            (first, *others), stale = finished
            self._move(first, others, stale)
            for path in (*self.paths, *self._stale):
                check_output(path, self._overwrite)
        self._place.clear()

    def _read_finished(self) -> tuple[list[Path], list[Path]] | None:
        """Return the files that a killed run had finished, and the stale ones; None if it had not, or is given up.

        Raises
        ------
        DamagedWorkError
            The list is damaged, or names a file that is none of this output, and the output may not be replaced.
        """
        try:
            names = json.loads(self._part(Path(_FINISHED)).read_text("utf-8"))
            known = {path.name: path for path in (*self.paths, *self._stale)}
            written, stale = ([known[name] for name in names[kind]] for kind in ("written", "stale"))
            if written[:1] != [self.paths[0]] or set(written) & set(stale):
                raise ValueError
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            if self._overwrite:
                return None
            # What is left of the files stays.
            self._place.unlock()
            raise DamagedWorkError(self._place.folder) from error
        return written, stale


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


def link_target(path: Path) -> Path:
    """Return where a symbolic link leads, and other paths as they are.

    A link is written through, as by other programs: it stays, and its target is made or replaced.

    Raises
    ------
    SinkError
        The link leads to itself.
    """
    if not os.path.islink(path):
        return path
    target = Path(os.path.realpath(path))
    if os.path.islink(target):
        raise SinkError(f"{path} is a link that leads to itself: remove it, or choose another name.")
    return target


def _check_no_links(paths: Iterable[Path]) -> None:
    # Files that appear together have to be in one folder.
    for path in paths:
        if os.path.islink(path):
            raise SinkError(f"{path} is a link, and is written together with other files: choose another name.")


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
    """Yield the name of a temporary file, which becomes `path`, or what this link leads to, if nothing fails."""
    path = link_target(path)
    place = PartFolder(_part_folder(path))
    place.lock(path)
    try:
        place.clear()
        part = place.folder / path.name
        yield part
        os.replace(part, path)
    finally:
        place.remove()


def _part_folder(path: Path) -> Path:
    # Not the name of the folder of a resumable output.
    return path.with_name(f".{path.name}.new.part")


def check_output(path: Path, overwrite: bool, inputs: Sequence[PathLike] = ()) -> None:
    """Raise `SinkError` if a file exists already, is being read, is no plain file, or its folder does not exist."""
    if len(os.fsencode(path.name)) > MAX_NAME_BYTES:
        raise SinkError(
            f"{path.name[:40]}... is too long for the name of a file: choose one of {MAX_NAME_BYTES} bytes at most."
        )
    with as_sink_error(path):
        _check_output(path, overwrite, inputs)


def _check_output(path: Path, overwrite: bool, inputs: Sequence[PathLike]) -> None:
    if path.is_dir():
        raise SinkError(f"{path} is a folder; name a file.")
    if any(_is_same_file(path, Path(each)) for each in inputs):
        raise SinkError(f"{path} is one of the files that this reads or writes already: choose another name.")
    if path.exists() and not path.is_file():
        raise SinkError(f"{path} is a device or a pipe, which is never replaced: name a file.")
    if path.exists() and not overwrite:
        raise SinkError(f"{path} is there already: choose another name, or say --overwrite (overwrite=True).")
    target = link_target(path)
    if not target.parent.is_dir():
        raise SinkError(f"There is no folder {target.parent} to write {target.name} in: make it first.")


def _is_same_file(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)
