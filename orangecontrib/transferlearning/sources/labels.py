"""Convert labels to Python scalars.

Numbers are labels of classes here, like text; only the user knows whether they are numbers to predict.
"""

import math
import re
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from ..errors import SourceError
from ..records import Label

CLASS_NAME = "Class"
"""Default name of labels."""

# Without leading zeros, as 01 is a name, and may differ from 1.
_WHOLE_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,17})", re.ASCII)
_NUMBER = re.compile(r"[+-]?((0|[1-9]\d{0,17})(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def label_list(labels: np.ndarray | Sequence[Label], n_images: int) -> list[Label]:
    """Convert labels to Python scalars; empty text and NaN become None.

    Raises
    ------
    SourceError
        There is not one label per image.
    """
    if isinstance(labels, np.ndarray):
        if labels.dtype.kind not in "USbiuf" or labels.ndim not in (1, 2) or labels.shape[1:] not in ((), (1,)):
            raise SourceError(
                f"expected labels in one column of text or numbers, found {labels.dtype} of shape {labels.shape}"
            )
        labels = labels.ravel()
    if len(labels) != n_images:
        raise SourceError(f"expected {n_images} labels, one for each image, found {len(labels)}")
    return [_label(value) for value in labels]


def label_cells(cells: Sequence[str]) -> list[Label]:
    """Convert the cells of a column to the type that fits all of them: int, float or text; an empty cell becomes None.

    Numbers with leading zeros ("01") are text.
    """
    present = [cell for cell in cells if cell]
    kind = str
    if all(map(_WHOLE_NUMBER.fullmatch, present)):
        kind = int
    elif all(map(_NUMBER.fullmatch, present)):
        kind = float
    return [kind(cell) if cell else None for cell in cells]


def target_number(cell: str) -> float | None:
    """Read a number to predict; return None if the cell has no finite number."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_same(cell: str, value: str) -> bool:
    """Return whether a cell has a value: as text, or as a number if both are numbers ("10" and "10.0")."""
    if cell == value:
        return True
    # As floats, whole numbers of 17 digits could equal their neighbors.
    return all(map(_NUMBER.fullmatch, (cell, value))) and Decimal(cell) == Decimal(value)


def label_text(label: Label) -> str:
    """Return the name of a class for a label, such as "1" for 1.0."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _label(value: object) -> Label:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, bool):
        return int(value)
    return None if value == "" or value != value else value
