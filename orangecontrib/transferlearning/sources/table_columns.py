"""Recognize a header, and the columns of images, in the rows of a text table."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import SourceError
from ..images.locations import is_address
from ..images.reading import readable_extensions
from .image_finder import ImageFinder
from .text_table import NumberedRows, TextTable, check_no_more_cells

_HEADER_WORDS = {"image", "images", "path", "file", "filename", "file name", "label", "labels", "class"}
N_COMPARED = 100
"""Number of rows that are examined."""


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
    if below:
        return any(column < len(first) and not _names_image(first[column], folder) for column in below)
    finder = ImageFinder(folder)
    below = _columns_without_suffix(rows[1:], finder)
    return any(column < len(first) and not finder.has(first[column]) for column in below)


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
    rows = rows[:N_COMPARED]
    n_columns = max(map(len, rows), default=0)
    n_images = [
        sum(_names_image(row[column], folder) for row in rows if len(row) > column) for column in range(n_columns)
    ]
    return [column for column, n in enumerate(n_images) if 2 * n > len(rows)]


def all_image_columns(rows: list[list[str]], folder: Path) -> list[int]:
    """Find image columns as `image_columns` does, or else the column whose cells are names of images without suffix.

    The files are looked for in the folder and those within it, so this may take longer.
    """
    return image_columns(rows, folder) or _columns_without_suffix(rows, ImageFinder(folder))


def _columns_without_suffix(rows: list[list[str]], finder: ImageFinder) -> list[int]:
    """Return the column whose cells are found by name; [] if there is none, or several with as many different names."""
    rows = rows[:N_COMPARED]
    n_names = {}
    for column in range(max(map(len, rows), default=0)):
        found = [row[column] for row in rows if len(row) > column and finder.has(row[column])]
        if 2 * len(found) > len(rows):
            n_names[column] = len(set(found))
    most = [column for column, n in n_names.items() if n == max(n_names.values())]
    return most if len(most) == 1 else []


def pair_columns(path: Path, rows: list[list[str]], folder: Path) -> tuple[int, int]:
    """Return the places of image and label in a table without a header: (1, 0), or (0, 1) if only that names images.

    Raises
    ------
    SourceError
        Both of the first columns name images.
    """
    images = all_image_columns(rows, folder)
    if {0, 1} <= set(images):
        names = ", ".join(repr(_place_name(place)) for place in images)
        raise SourceError(
            f"{path}: the table has no header, and several columns name images; name the image column "
            f"(--image-column): {names}"
        )
    return (0, 1) if 0 in images else (1, 0)


def open_columns(path: Path, rows: NumberedRows, wanted: Sequence[str], folder: Path) -> TextTable:
    """Return a table with the names of its header; without one, columns are "column 1", "column 2", ..."""
    cells = [row for _, row in rows[: N_COMPARED + 1]]
    if all(map(_PLACE.fullmatch, wanted)) and not set(wanted) & set(cells[0]) and not has_header(cells, folder):
        check_no_more_cells(path, rows)
        return TextTable(path, [_place_name(place) for place in range(max(map(len, cells)))], rows)
    check_no_more_cells(path, rows[1:], rows[0][1])
    return TextTable.of(path, rows)


_PLACE = re.compile(r"column [1-9]\d*", re.ASCII)


def _place_name(place: int) -> str:
    return f"column {place + 1}"


def _names_image(cell: str, folder: Path) -> bool:
    if is_address(cell) or Path(cell).suffix.lower() in readable_extensions():
        return True
    try:
        return os.path.isfile(folder / cell)
    except ValueError:  # a null character
        return False
