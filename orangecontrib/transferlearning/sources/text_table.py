"""Read text tables: rows with their line numbers, and columns by name."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from threading import Lock
from typing import Self

from ..errors import SourceError
from ..plurals import pl
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
            raise SourceError(
                f"{path}, line {line}: expected {n_cells} {pl(n_cells, 'cell')} or more, found {len(row)}"
            )


def check_no_more_cells(path: Path, rows: NumberedRows, header: list[str] | None = None) -> None:
    """Raise `SourceError`, with the line, if a row has more cells than the header: values may be in wrong columns.

    Without a header, no row may have more cells than the shortest one. Empty cells at the end of a row do not count.
    """
    place, shortest = min(rows, key=lambda row: len(row[1])) if header is None else (0, header)
    for line, row in rows:
        if any(row[len(shortest) :]):
            raise SourceError(
                f"{path}, line {line}: expected {len(shortest)} {pl(len(shortest), 'cell')}, as in "
                f"{f'line {place}' if header is None else 'the header'}, found {len(row)}: a cell is missing, or a "
                "value with a separator in it, such as a decimal comma, is not in quotation marks"
            )


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
        if path.exists() and not path.is_file():
            raise SourceError(f"{path}: expected a file, found a folder, a pipe or a device")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except OSError as error:
        raise SourceError(f"{path}: the file cannot be read ({error.strerror})") from error
    try:
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: expected text in UTF-8, found something else; save it as CSV in UTF-8") from error
    if "\0" in text:
        found = "UTF-16 without its mark" if _is_utf_16(content) else "null characters, which text does not have"
        raise SourceError(f"{path}: expected text in UTF-8, found {found}; save it as CSV in UTF-8")
    return text


_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _is_utf_16(content: bytes) -> bool:
    """Return whether most characters have two bytes, one of them zero, as Latin letters have in UTF-16."""
    return max(content[::2].count(0), content[1::2].count(0)) > len(content) / 4


def _delimiter(text: str) -> str:
    # The first row may have several lines within quotation marks.
    for pattern in (r'\s*((?:[^"\r\n]|"[^"]*")+)', r"\s*([^\r\n]*)"):
        row = re.match(pattern, text)
        counts = Counter(re.sub(r'"[^"]*"', "", row[1] if row else ""))
        if counts["\t"]:
            return "\t"
        if counts[";"] or counts[","]:
            return max(";,", key=counts.__getitem__)
    return ","


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
    repeated : dict of str to list of str
        For each name that the header has several times, the names of its columns here.
    """

    path: Path
    names: list[str]
    rows: NumberedRows
    repeated: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, rows: NumberedRows) -> Self:
        """Return a table whose header is the first row."""
        given = [name or f"column {place}" for place, name in enumerate(rows[0][1], 1)]
        columns: dict[str, list[str]] = {}
        for name, unique in zip(given, names := list(unique_names(given)), strict=True):
            columns.setdefault(name, []).append(unique)
        return cls(path, names, rows[1:], {name: found for name, found in columns.items() if len(found) > 1})

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
            n_more = len(same) - _N_SHOWN
            shown = ", ".join(repr(cell) for cell in list(same)[:_N_SHOWN])
            more = f" and {n_more} {pl(n_more, 'other')}" if n_more > 0 else ""
            raise SourceError(f"{self.path}: no row of {len(cells)} has {value!r} in {name!r}; found {shown}{more}")
        return replace(self, rows=kept)
