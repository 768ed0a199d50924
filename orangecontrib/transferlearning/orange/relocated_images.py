"""Find the images of an Orange table that are not where it says, as it was made on another computer or has moved."""

import os
from pathlib import Path

from Orange.data import Domain, StringVariable, Table, Variable

from ..images.locations import is_address
from ..sources.image_finder import ImageFinder
from .image_columns import column_origin, image_columns, image_names, is_marked_image, locate

_N_TRIED = 100
_ADVICE = "choose the folder where they are"


def has_lost_images(table: Table, column: Variable) -> bool:
    """Return whether a column names files, of which none is there; about a hundred are tried."""
    origin = column_origin(column)
    names = [name for name in dict.fromkeys(image_names(table, column)) if name]
    places = [locate(name, origin) for name in names[:: max(1, len(names) // _N_TRIED)]]
    return bool(places) and not any(is_address(place) or os.path.isfile(_local(place)) for place in places)


def relocate_images(table: Table, column: Variable, folder: str = "") -> tuple[Table, Variable, str]:
    """Find lost images by their names, and return a table that names them.

    Parameters
    ----------
    table : Orange.data.Table
    column : Variable
        One of `image_columns`.
    folder : str
        Folder of the images; "" for the folder of the file that the table was read from.

    Returns
    -------
    table : Orange.data.Table
        The same table if no images are lost, or none is found. Otherwise the column's ``origin`` is the folder, and
        names of images that are in a folder of it begin with that.
    column : Variable
        The image column of the table.
    remark : str
        What the user should know; "" for nothing.
    """
    if not has_lost_images(table, column):
        return table, column, ""
    folder = folder if os.path.isdir(folder) else ""
    place = folder or os.path.dirname(getattr(table, "__file__", None) or "")
    if not os.path.isdir(place):
        return table, column, f"No image was found at its place; {_ADVICE}"
    names = image_names(table, column)
    found = ImageFinder(Path(place), f"within {folder}" if folder else "beside the table", _ADVICE).find(names)
    if not found.paths and found.remark:
        return table, column, found.remark
    renamed = {name: path.relative_to(place).as_posix() for name, path in found.paths.items()}
    remark = found.remark or f"Images were found {'within ' + folder if folder else 'beside the table'}"
    return *_renamed(table, column, place, renamed), remark


def relocate_columns(table: Table, folder: str = "") -> tuple[Table, str]:
    """Find the lost images of the columns that are marked as images, or else of the first that may name images.

    Parameters
    ----------
    table, folder
        As for `relocate_images`.

    Returns
    -------
    table : Orange.data.Table
        As from `relocate_images`.
    remark : str
        What the user should know about the first column with lost images; "" for nothing.
    """
    columns = image_columns(table.domain)
    remarks = []
    for column in [column for column in columns if is_marked_image(column)] or columns[:1]:
        table, _, remark = relocate_images(table, column, folder)
        remarks += [remark] if remark else []
    return table, remarks[0] if remarks else ""


def _local(place: str) -> str:
    return place.replace("\0", "")  # with a null character, `isfile` would raise an error


def _renamed(table: Table, column: Variable, origin: str, names: dict[str, str]) -> tuple[Table, Variable]:
    """Return the table with another origin and other names of images, and its image column."""
    new = StringVariable(column.name)  # two spellings of a path, categories of their own, may name one image
    new.attributes = column.attributes | {"type": "image", "origin": origin}
    metas = [new if each is column else each for each in table.domain.metas]
    moved = table.transform(Domain(table.domain.attributes, table.domain.class_vars, metas)).copy()
    with moved.unlocked(moved.metas):
        moved.metas[:, metas.index(new)] = [names.get(name, name) for name in image_names(table, column)]
    if hasattr(table, "__file__"):
        moved.__file__ = table.__file__  # Images of another column may be beside it, too.
    return moved, new
