"""Preview a text table or an array of images: its columns, its first rows, its likely images and labels."""

import os
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..errors import SourceError
from .array_source import load_array
from .folder_source import existing_folder
from .labels import target_number
from .opening import kind_of
from .table_columns import all_image_columns, has_header, image_columns, open_columns, pair_columns
from .text_table import NumberedRows, TextTable, read_rows

N_ROWS = 100
"""Number of rows that are shown and examined."""

_N_CHARACTERS = 10_000
_LABEL_WORDS = ("label", "labels", "class", "category", "target", "kind", "species")


@dataclass(frozen=True)
class TablePreview:
    """Preview of a table of images.

    Attributes
    ----------
    has_header : bool
        Whether columns have names to choose from, those of a header or "column 1", ...; otherwise each row is a label
        and an image, or the other way round.
    names : tuple of str
        Names of the columns.
    rows : tuple of tuple of str
        The first rows.
    n_rows : int
    images : tuple of str
        Columns in which most rows name an image.
    numbers : tuple of str
        Columns of numbers with fractions.
    label : str
        The column that has labels, by its name; "" if there is none.
    """

    has_header: bool
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_rows: int
    images: tuple[str, ...]
    numbers: tuple[str, ...]
    label: str


def preview_table(path: str | os.PathLike, root: str | os.PathLike | None = None) -> TablePreview:
    """Preview a table of images before it is opened as a source.

    Parameters
    ----------
    path : str or PathLike
        As for `CsvSource`.
    root : str or PathLike, optional
        Folder that relative paths of images start from; by default the table's folder.

    Raises
    ------
    SourceError
        The table cannot be read, or is empty.
    """
    path = Path(path)
    folder = path.parent if root is None else existing_folder(root)
    rows = read_rows(path)
    cells = [row for _, row in rows[: N_ROWS + 1]]
    if not has_header(cells, folder):
        return _without_header(path, rows, folder)
    return _with_names(TextTable.of(path, rows), cells[1:], folder)


def _without_header(path: Path, rows: NumberedRows, folder: Path) -> TablePreview:
    cells = [row for _, row in rows[:N_ROWS]]
    try:
        names = ("image", "label") if pair_columns(path, cells, folder)[0] == 0 else ("label", "image")
    except SourceError:  # several columns name images
        return _with_names(open_columns(path, rows, (), folder), cells, folder)
    names += tuple(f"column {place}" for place in range(3, max(map(len, cells)) + 1))
    return TablePreview(False, names, tuple(map(tuple, cells)), len(rows), ("image",), (), "label")


def _with_names(table: TextTable, cells: list[list[str]], folder: Path) -> TablePreview:
    images = [table.names[place] for place in all_image_columns(cells, folder) if place < len(table.names)]
    return TablePreview(
        True,
        tuple(table.names),
        tuple(map(tuple, cells)),
        len(table.rows),
        tuple(images),
        tuple(name for place, name in enumerate(table.names) if _has_fractions(place, cells)),
        next((name for name in table.names if name.lower() in _LABEL_WORDS and name not in images), ""),
    )


def looks_like_images(path: str | os.PathLike) -> bool:
    """Return whether a folder or file is likely to have images; only its beginning is read.

    A table is if one of its columns names images in most of the first rows; a folder or an array always is.
    """
    try:
        if kind_of(path) != "a table":
            return True
        with open(path, encoding="utf-8-sig") as file:
            lines = list(islice(file, N_ROWS))
        rows = [re.split(r"[,;\t]", line.strip()) for line in lines if len(line) < _N_CHARACTERS]
        return bool(image_columns(rows, Path(path).parent))
    except (SourceError, OSError, UnicodeDecodeError):
        return False


def _has_fractions(place: int, rows: list[list[str]]) -> bool:
    values = [target_number(row[place]) for row in rows if len(row) > place and row[place]]
    return None not in values and any(not value.is_integer() for value in values)


_CHANNELS = (3, 1, 4)


@dataclass(frozen=True)
class ArrayPreview:
    """Preview of an array of images.

    Attributes
    ----------
    n_values : int or None
        Number of values of an image, if each image is a row of values and its shape is unknown; else None.
    """

    n_values: int | None

    def fitting(self, height: int | None, width: int | None, channels: int) -> tuple[int, int, int] | None:
        """Complete the shape of images from one side, with these channels or, if impossible, with others.

        Returns
        -------
        tuple of int or None
            (height, width, channels) with this number of values; None if there are none.
        """
        for each in (channels, *_CHANNELS):
            side = (height or width or 0) * each
            if side and self.n_values and self.n_values % side == 0:
                other = self.n_values // side
                return (height, other, each) if height else (other, width, each)
        return None


def preview_array(path: str | os.PathLike) -> ArrayPreview:
    """Preview an array of images before it is opened as a source.

    Raises
    ------
    SourceError
        The file is not an array of numbers.
    """
    array = load_array(path)
    return ArrayPreview(array.shape[1] if array.ndim == 2 else None)


def labels_beside(path: str | os.PathLike) -> Path | None:
    """Return the file of labels beside an array, ``toy_labels.npy`` for ``toy_data.npy`` or ``toy.npy``, or None."""
    path = Path(path)
    labels = path.with_name(f"{path.stem.removesuffix('_data')}_labels.npy")
    return labels if labels.is_file() and labels != path else None
