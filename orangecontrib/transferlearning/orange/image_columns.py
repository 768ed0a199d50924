"""Find the image columns of an Orange table, and the locations of the images."""

import os
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

import numpy as np
from Orange.data import DiscreteVariable, Domain, StringVariable, Table, Variable

from ..errors import SourceError
from ..images.locations import is_address
from ..records import ImageItem, Skipped
from .meta_columns import with_reasons


def image_columns(domain: Domain) -> list[Variable]:
    """List the columns that may name images: text and categorical metas, those marked ``type=image`` first."""
    texts = [v for v in domain.metas if isinstance(v, StringVariable)]
    categories = [v for v in domain.metas if isinstance(v, DiscreteVariable)]
    return sorted(texts + categories, key=lambda v: not is_marked_image(v))


def is_marked_image(variable: Variable) -> bool:
    """Return whether a column says that it names images (``type=image``)."""
    return str(variable.attributes.get("type", "")).lower() == "image"


def find_image_column(domain: Domain, column: Variable | str | None = None) -> Variable:
    """Find the column of images.

    Raises
    ------
    SourceError
        There is no such column, or none that could name images.
    """
    candidates = image_columns(domain)
    if column is None and candidates:
        return candidates[0]
    if column is not None and column in domain and domain[column] in candidates:
        return domain[column]
    wanted = f"column {column}" if column is not None else "text column"
    names = ", ".join(v.name for v in candidates) or "none"
    raise SourceError(f"The table has no {wanted} that could name images (it has: {names}).")


def is_only_image_column(domain: Domain, column: Variable) -> bool:
    """Return whether no other column is marked as one of images."""
    return not any(is_marked_image(other) for other in image_columns(domain) if other is not column)


def matching_image_column(domain: Domain, name: str, is_only: bool) -> Variable | None:
    """Find, in another table, the column that was called so.

    Parameters
    ----------
    domain : Orange.data.Domain
    name : str
        "" for none in particular.
    is_only : bool
        Whether it was its table's only column of images: then it may be called otherwise in this table, where again
        one column only is marked as such.

    Returns
    -------
    Variable or None
    """
    candidates = image_columns(domain)
    for column in candidates:
        if column.name == name:
            return column
    marked = [column for column in candidates if is_marked_image(column)]
    return marked[0] if is_only and len(marked) == 1 else None


class TableSource:
    """The images that a column of a table names; keys are row numbers.

    Parameters
    ----------
    table : Orange.data.Table
    column : Variable
        One of `image_columns`; relative names start from its attribute ``origin``.
    """

    label_name = None
    is_target = False
    meta_names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __init__(self, table: Table, column: Variable):
        self.table = table
        self.column = column

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[ImageItem]:
        origin = column_origin(self.column)
        for row, name in enumerate(image_names(self.table, self.column)):
            yield ImageItem(str(row), locate(name, origin))


def describe_row(table: Table, column: Variable, row: int) -> str:
    """Return the number of a row, from 1, and the name of its image, such as "row 3 (cats/1.jpg)"."""
    (name,) = image_names(table[row : row + 1], column)
    return row_name(row, name)


def row_name(row: int, name: str) -> str:
    """Return the number of a row, from 1, and the name of its image, as `describe_row` does."""
    return f"row {row + 1} ({name or 'no name'})"


def skipped_rows(table: Table, skipped: Sequence[Skipped]) -> Table:
    """Return the rows of a table whose images were skipped, with a meta ``reason``."""
    return with_reasons(table[[int(each.key) for each in skipped]], [each.reason for each in skipped])


def image_names(table: Table, column: Variable) -> list[str]:
    """Return the names of the images in a column; "" for missing values."""
    values = table.get_column(column).tolist()
    if isinstance(column, DiscreteVariable):
        return ["" if np.isnan(value) else column.values[int(value)] for value in values]
    texts = (value if isinstance(value, str) else column.str_val(value) for value in values)
    return ["" if text == "?" else text for text in texts]


def column_origin(column: Variable) -> str:
    """Return the folder or address that the names in a column begin at; "" if it has none, or something else."""
    origin = column.attributes.get("origin", "")
    return origin if isinstance(origin, str) else ""


def locate(name: str, origin: str) -> str:
    """Return the location of an image from its name and the origin of its column; absolute paths and URLs stay."""
    if not name or not origin or is_address(name):
        return name
    if not is_address(origin):
        return os.path.join(origin, name)
    try:
        # `urljoin` would read the name "IMG:1.jpg" as a URL with the scheme "IMG:".
        return urljoin(origin.rstrip("/") + "/", name if name.startswith("/") else f"./{name}")
    except ValueError:
        return f"{origin.partition(':')[0]}:{name}"  # not a URL, which is an error when the image is read
