"""Pictures listed in a text table (comma, semicolon or tab separated), with their labels."""

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from .errors import SourceError
from .folders import existing_folder
from .images import readable_extensions
from .labels import label_cells
from .lists import ListSource, location_key
from .locations import is_address

_HEADER_WORDS = {"image", "images", "path", "file", "filename", "file name", "picture", "label", "labels", "class"}
_SEPARATOR_LINE = re.compile(r"sep=([^\r\n])\r?\n", re.IGNORECASE)
_N_COMPARED = 100

_Rows = list[tuple[int, list[str]]]

_limit = Lock()


class CsvSource(ListSource):
    """Pictures listed in a text table: comma, semicolon or tab separated, UTF-8.

    Without `image_column` there is no header, and each row is a label and a path. Labels that are whole numbers in all
    rows become int, other numbers float, all else stays text; an empty cell is no label. Whether the pictures exist is
    not looked at. Excel's first line ``sep=;`` is understood.

    Parameters
    ----------
    path : str or PathLike
    root : str or PathLike, optional
        Folder that relative paths start from; that of the table if not given.
    image_column : str, optional
        Header of the column with paths or URLs. The table must then have a header.
    label_column : str, optional
        Header of the column with labels, only together with `image_column`. Without it there are no labels.

    Raises
    ------
    SourceError
        The table cannot be read, is empty, lacks a column, has a row that is too short, or has a header whose columns
        nobody named.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        root: str | os.PathLike | None = None,
        image_column: str | None = None,
        label_column: str | None = None,
    ) -> None:
        path = Path(path)
        folder = path.parent if root is None else existing_folder(root)
        rows = _rows(path)
        if image_column is not None:
            at_image, at_label = _columns(path, rows.pop(0)[1], image_column, label_column)
        elif label_column is not None:
            raise SourceError(f"{path}: a label column was named, but no image column; name both")
        else:
            _refuse_header(path, [row for _, row in rows], folder)
            at_image, at_label = 1, 0
        if not rows:
            raise SourceError(f"{path}: expected pictures, found only a header")
        _refuse_short_rows(path, rows, max(at_image, at_label or 0) + 1)
        super().__init__(
            [_location(row[at_image], folder) for _, row in rows],
            None if at_label is None else label_cells([row[at_label] for _, row in rows]),
            [location_key(row[at_image], f"line {line}") for line, row in rows],
        )
        self.label_name = label_column or self.label_name


def _rows(path: Path) -> _Rows:
    """Read the rows that are not blank, each with the number of its (last) line."""
    text = _text(path)
    said = _SEPARATOR_LINE.match(text)
    with _cells_of_any_length(len(text)):
        rows = _parse(path, text, said[1] if said else _delimiter(text))
    rows = [(line, row) for line, row in rows[1 if said else 0 :] if any(row)]
    if not rows:
        raise SourceError(f"{path}: expected a row for each picture, found an empty file")
    return rows


def _parse(path: Path, text: str, delimiter: str) -> _Rows:
    # Strict, as a quotation mark that is never closed would swallow all rows that follow.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, n_lines = [], 0
    try:
        for row in reader:
            n_lines = reader.line_num
            rows.append((n_lines, [cell.strip() for cell in row]))
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
    line = next((line for line in text.splitlines() if line.strip()), "")
    counts = Counter(re.sub(r'"[^"]*"', "", line))
    return "\t" if counts["\t"] else max(";,", key=counts.__getitem__)


def _columns(path: Path, header: list[str], image: str, label: str | None) -> tuple[int, int | None]:
    for name in (image, label):
        if name is not None and name not in header:
            raise SourceError(f"{path}: expected a column {name!r}, found {', '.join(map(repr, header))}")
    return header.index(image), None if label is None else header.index(label)


def _refuse_header(path: Path, rows: list[list[str]], folder: Path) -> None:
    first, others = rows[0][:2], rows[1 : _N_COMPARED + 1]
    if len(first) < 2 or _names_picture(first[1], folder):
        return
    if {cell.lower() for cell in first} & _HEADER_WORDS or any(
        _names_picture_below(column, first, others, folder) for column in (0, 1)
    ):
        raise SourceError(
            f"{path}: the first row looks like a header ({', '.join(rows[0])}); name the image column and the label "
            "column (--image-column, --label-column)"
        )


def _names_picture_below(column: int, first: list[str], others: list[list[str]], folder: Path) -> bool:
    """Whether most rows name a picture in a column, and the first one does not."""
    n_pictures = sum(_names_picture(row[column], folder) for row in others if len(row) > column)
    return 2 * n_pictures > len(others) and not _names_picture(first[column], folder)


def _names_picture(cell: str, folder: Path) -> bool:
    return is_address(cell) or Path(cell).suffix.lower() in readable_extensions() or os.path.isfile(folder / cell)


def _refuse_short_rows(path: Path, rows: _Rows, n_cells: int) -> None:
    for line, row in rows:
        if len(row) < n_cells:
            raise SourceError(f"{path}, line {line}: expected {n_cells} cells or more, found {len(row)}")


def _location(text: str, folder: Path) -> str | Path:
    return text if not text or is_address(text) else folder / text
