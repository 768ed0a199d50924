"""A first look at the rows of a text table: whether the first is a header, and which columns name pictures."""

import os
from pathlib import Path

from .images import readable_extensions
from .locations import is_address

_HEADER_WORDS = {"image", "images", "path", "file", "filename", "file name", "picture", "label", "labels", "class"}
_N_COMPARED = 100


def has_header(rows: list[list[str]], folder: Path) -> bool:
    """Whether the first row of a table of labels and pictures looks like a header.

    Parameters
    ----------
    rows : list of list of str
        Of these, the first hundred are looked at.
    folder : Path
        Where relative names of pictures start from.
    """
    first = rows[0]
    if len(first) < 2 or _names_picture(first[1], folder):
        return False
    if {cell.lower() for cell in first[:2]} & _HEADER_WORDS:
        return True
    below = picture_columns(rows[1:], folder)
    return any(column < len(first) and not _names_picture(first[column], folder) for column in below)


def picture_columns(rows: list[list[str]], folder: Path) -> list[int]:
    """Find the columns in which most rows name a picture.

    Parameters
    ----------
    rows : list of list of str
        Without the header; the first hundred are looked at.
    folder : Path
        Where relative names of pictures start from.

    Returns
    -------
    list of int
        Places, from 0.
    """
    rows = rows[:_N_COMPARED]
    n_columns = max(map(len, rows), default=0)
    n_pictures = [
        sum(_names_picture(row[column], folder) for row in rows if len(row) > column) for column in range(n_columns)
    ]
    return [column for column, n in enumerate(n_pictures) if 2 * n > len(rows)]


def _names_picture(cell: str, folder: Path) -> bool:
    return is_address(cell) or Path(cell).suffix.lower() in readable_extensions() or os.path.isfile(folder / cell)
