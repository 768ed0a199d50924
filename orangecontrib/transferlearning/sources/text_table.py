"""Read text tables: rows with their line numbers, columns by name, and whether there is a header."""

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from threading import Lock
from typing import Self

from ..errors import SourceError
from ..images.locations import is_address
from ..images.reading import readable_extensions
from ..records import Label
from .keys import unique_names
from .labels import is_same, label_cells, target_number

NumberedRows = list[tuple[int, list[str]]]
"""For each row, the number of its last line, from 1, and its cells."""

_SEPARATOR_LINE = re.compile(r"sep=([^\r\n])\r?\n", re.IGNORECASE)

_limit = Lock()


def read_rows(path: Path) -> NumberedRows:
    """Read the rows that are not blank; spaces around cells are removed.

    Parameters
    ----------
    path : Path
        A text file in UTF-8, which may begin with Excel's line ``sep=;``.

    Raises
    ------
    SourceError
        The file cannot be read, is not text in UTF-8, or has no rows.
    """
    text = _text(path)
    said = _SEPARATOR_LINE.match(text)
    with _cells_of_any_length(len(text)):
        rows = _parse(path, text, said[1] if said else _delimiter(text))
    rows = [(line, row) for line, row in rows[1 if said else 0 :] if any(row)]
    if not rows:
        raise SourceError(f"{path}: expected a row for each image, found an empty file")
    return rows


def check_row_lengths(path: Path, rows: NumberedRows, n_cells: int) -> None:
    """Raise `SourceError`, with the line, if a row has fewer cells."""
    for line, row in rows:
        if len(row) < n_cells:
            raise SourceError(f"{path}, line {line}: expected {n_cells} cells or more, found {len(row)}")


def _parse(path: Path, text: str, delimiter: str) -> NumberedRows:
    # Without `strict`, a missing quotation mark would join all following rows.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, n_lines = [], 0
    try:
        for row in reader:
            n_lines = reader.line_num
            rows.append((n_lines, list(map(str.strip, row))))
    except csv.Error as error:
        raise SourceError(
            f"{path}, line {n_lines + 1}: the row cannot be read ({error}); is a quotation mark too many or missing?"
        ) from error
    return rows


@contextmanager
def _cells_of_any_length(n_characters: int) -> Iterator[None]:
    """Raise the limit of the csv module for the length of a cell, as a data URL of an image may be long."""
    with _limit:
        before = csv.field_size_limit()
        csv.field_size_limit(max(before, n_characters))
        try:
            yield
        finally:
            csv.field_size_limit(before)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except OSError as error:
        raise SourceError(f"{path}: the file cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: expected text in UTF-8, found something else; save it as CSV in UTF-8") from error


def _delimiter(text: str) -> str:
    line = re.search(r"[^\r\n]*\S[^\r\n]*", text)
    counts = Counter(re.sub(r'"[^"]*"', "", line[0] if line else ""))
    return "\t" if counts["\t"] else max(";,", key=counts.__getitem__)


_N_SHOWN = 10


@dataclass(frozen=True)
class TextTable:
    """A text table whose columns have names.

    Attributes
    ----------
    path : Path
        Path of the file, for messages.
    names : list of str
        Unique names of the columns: a repeated name gets a number ("speed (2)"), a missing one is "column 3".
    rows : list of (int, list of str)
        Line numbers and cells; a row may be shorter than the header.
    """

    path: Path
    names: list[str]
    rows: NumberedRows

    @classmethod
    def of(cls, path: Path, rows: NumberedRows) -> Self:
        """Return a table whose header is the first row."""
        names = [name or f"column {place}" for place, name in enumerate(rows[0][1], 1)]
        return cls(path, list(unique_names(names)), rows[1:])

    def cells(self, name: str) -> list[str]:
        """Return a column's cells.

        Raises
        ------
        SourceError
            There is no such column, or a row ends before it.
        """
        if name not in self.names:
            raise SourceError(f"{self.path}: expected a column {name!r}, found {', '.join(map(repr, self.names))}")
        place = self.names.index(name)
        check_row_lengths(self.path, self.rows, place + 1)
        return [row[place] for _, row in self.rows]

    def targets(self, name: str) -> list[float | None]:
        """Return a column of numbers to predict; an empty cell becomes None.

        Raises
        ------
        SourceError
            A cell is not a finite number, or an error of `cells`.
        """
        cells = self.cells(name)
        numbers = list(map(target_number, cells))
        for (line, _), cell, number in zip(self.rows, cells, numbers, strict=True):
            if cell and number is None:
                raise SourceError(
                    f"{self.path}, line {line}: expected a number in column {name!r}, found {cell!r}; leave the cell "
                    "empty if it is unknown, or make this a label column if it names classes"
                )
        return numbers

    def others(self, used: Collection[str]) -> list[dict[str, Label]]:
        """Return the other columns of each row, with numbers as numbers and empty cells as None."""
        names = [name for name in self.names if name not in used]
        if not names:
            return [{} for _ in self.rows]
        whole = dict(zip_longest(self.names, zip_longest(*(row for _, row in self.rows), fillvalue="")))
        columns = [label_cells(whole[name] or [""] * len(self.rows)) for name in names]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

    def where(self, conditions: Mapping[str, str | float]) -> Self:
        """Return the rows that have these values in these columns, compared as text or as numbers.

        Raises
        ------
        SourceError
            There is no such column, or no such row.
        """
        chosen = self
        for name, value in conditions.items():
            chosen = chosen._where(name, str(value))
        return chosen

    def _where(self, name: str, value: str) -> Self:
        cells = self.cells(name)
        same = {cell: is_same(cell, value) for cell in dict.fromkeys(cells)}
        kept = [row for row, cell in zip(self.rows, cells, strict=True) if same[cell]]
        if not kept:
            shown = ", ".join(repr(cell) for cell in list(same)[:_N_SHOWN])
            more = f" and {len(same) - _N_SHOWN} others" if len(same) > _N_SHOWN else ""
            raise SourceError(f"{self.path}: none of {len(cells)} rows has {value!r} in {name!r}; found {shown}{more}")
        return replace(self, rows=kept)


_HEADER_WORDS = {"image", "images", "path", "file", "filename", "file name", "label", "labels", "class"}
_N_COMPARED = 100


def has_header(rows: list[list[str]], folder: Path) -> bool:
    """Return whether the first row of a table of labels and images looks like a header.

    Parameters
    ----------
    rows : list of list of str
        Rows of the table; the first hundred are examined.
    folder : Path
        Folder that relative paths of images start from.
    """
    first = rows[0]
    if len(first) < 2 or _names_image(first[1], folder):
        return False
    if {cell.lower() for cell in first[:2]} & _HEADER_WORDS:
        return True
    below = image_columns(rows[1:], folder)
    return any(column < len(first) and not _names_image(first[column], folder) for column in below)


def image_columns(rows: list[list[str]], folder: Path) -> list[int]:
    """Find the columns in which most rows name an image.

    Parameters
    ----------
    rows : list of list of str
        Rows without the header; the first hundred are examined.
    folder : Path
        Folder that relative paths of images start from.

    Returns
    -------
    list of int
        Indices of the columns.
    """
    rows = rows[:_N_COMPARED]
    n_columns = max(map(len, rows), default=0)
    n_images = [
        sum(_names_image(row[column], folder) for row in rows if len(row) > column) for column in range(n_columns)
    ]
    return [column for column, n in enumerate(n_images) if 2 * n > len(rows)]


def _names_image(cell: str, folder: Path) -> bool:
    return is_address(cell) or Path(cell).suffix.lower() in readable_extensions() or os.path.isfile(folder / cell)
