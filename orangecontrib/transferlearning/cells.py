"""A text table (comma, semicolon or tab separated) -> its rows of cells, each with the number of its line."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from .errors import SourceError

Rows = list[tuple[int, list[str]]]
"""Of each row the number of its (last) line, from 1, and its cells."""

_SEPARATOR_LINE = re.compile(r"sep=([^\r\n])\r?\n", re.IGNORECASE)

_limit = Lock()


def read_rows(path: Path) -> Rows:
    """Read the rows that are not blank; spaces around cells are dropped.

    Parameters
    ----------
    path : Path
        Of text in UTF-8. Excel's first line ``sep=;`` is understood.

    Raises
    ------
    SourceError
        The file cannot be read, is not such text, or has no rows.
    """
    text = _text(path)
    said = _SEPARATOR_LINE.match(text)
    with _cells_of_any_length(len(text)):
        rows = _parse(path, text, said[1] if said else _delimiter(text))
    rows = [(line, row) for line, row in rows[1 if said else 0 :] if any(row)]
    if not rows:
        raise SourceError(f"{path}: expected a row for each picture, found an empty file")
    return rows


def refuse_short_rows(path: Path, rows: Rows, n_cells: int) -> None:
    """Raise `SourceError`, with the line, for a row of fewer cells than that."""
    for line, row in rows:
        if len(row) < n_cells:
            raise SourceError(f"{path}, line {line}: expected {n_cells} cells or more, found {len(row)}")


def _parse(path: Path, text: str, delimiter: str) -> Rows:
    # Strict, as a quotation mark that is never closed would swallow all rows that follow.
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
    """Lift, for a moment, the limit that the csv module keeps for the whole process: a cell may hold a picture."""
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
