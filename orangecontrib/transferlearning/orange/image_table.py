"""Make an Orange table that names the images of a source, as Import Images of Image Analytics does."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from Orange.data import ContinuousVariable, Domain, StringVariable, Table, Variable
from Orange.data.util import get_unique_names

from ..errors import ImageReadError
from ..images.dimensions import Dimensions, measure_image
from ..images.locations import is_address
from ..records import Callback, ImageItem, Label
from ..sources.image_finder import ImageFinder
from ..sources.table_columns import image_columns
from .feature_columns import class_column
from .meta_columns import meta_column, with_reasons

if TYPE_CHECKING:
    from ..records import Source


IMAGE_NAME = "image"
"""Default name of the column of images."""

_N_LOOKED_AT = 100


@dataclass(frozen=True, eq=False)
class ImageTables:
    """A table for the images that can be read, and one for the others.

    Attributes
    ----------
    images, skipped : Orange.data.Table or None
        None if there are no rows; `skipped` has the additional meta ``reason``.
    column : Variable
        The image column of both tables.
    """

    images: Table | None
    skipped: Table | None
    column: Variable


def image_tables(
    source: "Source",
    origin: Path,
    *,
    image_name: str = IMAGE_NAME,
    class_name: str | None = None,
    with_class: bool = True,
    callback: Callback | None = None,
) -> ImageTables:
    """Make an Orange table of the images of a source; only the headers of the files are read.

    Parameters
    ----------
    source : Source
        A source with one image per row, without arrays.
    origin : Path
        Folder that the paths in the image column are relative to.
    image_name : str
        Name of the image column.
    class_name : str, optional
        Name of the class variable; by default the source's.
    with_class : bool
        Whether labels become a class or target.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    ImageTables
        Tables without attributes, with the labels as class or target, and the metas ``image name`` (text), ``image``
        (text, marked ``type=image`` with its ``origin``), ``size`` (bytes), ``width``, ``height`` (pixels of the
        upright image; missing for URLs), and those of the source. Other metas that name images in most rows are marked,
        too.
    """
    items = list(source)
    measured, reasons = _measure(items, callback)
    kept = [place for place in range(len(items)) if place not in reasons]
    lost = list(reasons)
    target, labels = _target(source, items, class_name) if with_class else (None, None)
    metas, values = _metas(source, items, origin, image_name, measured, [] if target is None else [target.name])
    table = Table.from_numpy(Domain([], target, metas), np.empty((len(items), 0)), labels, values)
    return ImageTables(
        table[kept] if kept else None,
        with_reasons(table[lost], [reasons[place] for place in lost]) if lost else None,
        metas[1],
    )


def _measure(items: Sequence[ImageItem], callback: Callback | None) -> tuple[list[Dimensions | None], dict[int, str]]:
    """Return the dimensions of the images, None for URLs, and reasons by position for files that cannot be read."""
    measured: list[Dimensions | None] = []
    reasons: dict[int, str] = {}
    for place, item in enumerate(items):
        measured.append(None)
        if not is_address(item.location):
            try:
                measured[place] = measure_image(item.location)
            except ImageReadError as error:
                reasons[place] = str(error)
        if callback:
            callback((place + 1) / len(items))
    return measured, reasons


def _target(
    source: "Source", items: Sequence[ImageItem], class_name: str | None
) -> tuple[Variable | None, np.ndarray | None]:
    labels = [item.label for item in items]
    if source.label_name is None or all(label is None for label in labels):
        return None, None
    return class_column(class_name or source.label_name, labels, source.is_target)


def _metas(
    source: "Source",
    items: Sequence[ImageItem],
    origin: Path,
    image_name: str,
    measured: Sequence[Dimensions | None],
    taken: Sequence[str],
) -> tuple[list[Variable], np.ndarray]:
    texts = {"image name": [_short_name(item) for item in items]}
    texts[image_name] = [_table_path(item.location, origin) for item in items]
    sizes = {"size": "n_bytes", "width": "width", "height": "height"}
    finder = ImageFinder(origin)
    own = {name: _found([item.metas.get(name) for item in items], origin, finder) for name in source.meta_names}
    # Columns of the source keep their names; the others get new names if necessary.
    others = [*own, *taken, image_name]
    free = {name: name if name == image_name else get_unique_names(others, name) for name in (*texts, *sizes)}
    made = [(StringVariable(free[name]), np.array(values, object)) for name, values in texts.items()]
    for name, attribute in sizes.items():
        numbers = [np.nan if each is None else getattr(each, attribute) for each in measured]
        made.append((ContinuousVariable(free[name], number_of_decimals=0), np.array(numbers, object)))
    made += [meta_column(name, values) for name, values in own.items()]
    variables, columns = map(list, zip(*made, strict=True))
    _mark_images(variables, columns, origin)
    return variables, np.stack(columns, axis=1)


def _found(values: list[Label], origin: Path, finder: ImageFinder) -> list[Label]:
    """Replace names of images of another computer in another column by those of the files that are found."""
    if not image_columns([[value] if isinstance(value, str) else [] for value in values], origin):
        return values
    paths = finder.find([value for value in values if isinstance(value, str)]).paths
    return [_table_path(paths[value], origin) if value in paths else value for value in values]


def _mark_images(variables: Sequence[Variable], columns: Sequence[np.ndarray], origin: Path) -> None:
    """Mark the second column, and other text columns in which most cells name images."""
    texts = [place for place, variable in enumerate(variables) if place > 1 and isinstance(variable, StringVariable)]
    rows = [[columns[place][row] for place in texts] for row in range(min(_N_LOOKED_AT, len(columns[0])))]
    for place in (1, *(texts[found] for found in image_columns(rows, origin))):
        variables[place].attributes = {"type": "image", "origin": str(origin)}


def _short_name(item: ImageItem) -> str:
    """Return the file name of an image, without folder and ending."""
    name = re.split(r"[\\/]", item.key.rstrip("/"))[-1]
    return os.path.splitext(name)[0] or item.key


def _table_path(location: str | os.PathLike, origin: Path) -> str:
    """Return a location for the table: relative to the origin, if it is inside of it."""
    text = os.fspath(location)
    start = os.path.join(origin, "")
    if is_address(location) or not text.startswith(start):
        return text
    return text.removeprefix(start).replace(os.sep, "/")
