"""Convert labels to Python scalars.

Numbers are labels of classes here, like text; only the user knows whether they are numbers to predict.
"""

import math
import re
import sys
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from ..errors import SourceError
from ..plurals import pl
from ..records import Label

CLASS_NAME = "Class"
"""Default name of labels."""

# Without leading zeros, as 01 is a name, and may differ from 1.
_WHOLE_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,17})", re.ASCII)
_NUMBER = re.compile(r"[+-]?((0|[1-9]\d{0,17})(\.\d*)?|\.\d+)(e[+-]?\d{1,6})?", re.ASCII | re.IGNORECASE)


def label_list(labels: np.ndarray | Sequence[Label], n_images: int) -> list[Label]:
    """Convert labels as `array_values` does, with text in Unicode's form NFC.

    Raises
    ------
    SourceError
        There is not one label per image.
    """
    values = array_values(labels, n_images)
    return [composed(value) if isinstance(value, str) else value for value in values]


def array_values(labels: np.ndarray | Sequence[Label], n_images: int) -> list[Label]:
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
        raise SourceError(f"expected {n_images} {pl(n_images, 'label')}, one for each image, found {len(labels)}")
    return [_label(value) for value in labels]


def label_cells(cells: Sequence[str], *, are_classes: bool = False) -> list[Label]:
    """Convert the cells of a column as `cell_values` does, with text in Unicode's form NFC."""
    return cell_values([composed(cell) for cell in cells], are_classes=are_classes)


def cell_values(cells: Sequence[str], *, are_classes: bool = False) -> list[Label]:
    """Convert the cells of a column to the type that fits all of them: int, float or text; an empty cell becomes None.

    A column of numbers is text if numbers would say less than it does: if they have leading zeros ("01"), are too large
    or have too many digits for a float; or if two spellings would become one number ("1.1" and "1.10"). Only "10" and
    "10.0", or ".5" and "0.5", may be one number.

    Parameters
    ----------
    cells : sequence of str
    are_classes : bool
        Whether cells name classes. These are numbers only if `label_text` gives the cell: "1" and "0.5", but neither
        "1.0" nor "0.50".
    """
    texts = set(cells) - {""}
    numbers = _whole_numbers(texts) if all(map(_WHOLE_NUMBER.fullmatch, texts)) else _floats(texts)
    if numbers and are_classes and any(label_text(number) != text for text, number in numbers.items()):
        numbers = None
    return [(numbers[cell] if numbers else cell) if cell else None for cell in cells]


def _whole_numbers(texts: set[str]) -> dict[str, int] | None:
    """Return the number of each text; None if there are two texts of a number, or a zero with a sign."""
    numbers = {text: int(text) for text in texts}
    return numbers if len(set(numbers.values())) == len(texts) and not texts & {"-0", "+0"} else None


def _floats(texts: set[str]) -> dict[str, float] | None:
    """Return the number of each text; None if some text is no number, or numbers say less than the texts."""
    if not all(map(_NUMBER.fullmatch, texts)):
        return None
    numbers = {text: float(text) for text in texts}
    others = {text for text, number in numbers.items() if repr(number) != text}
    is_exact = not others or not _has_two_spellings(numbers)
    return numbers if is_exact and all(_keeps_digits(text, numbers[text]) for text in others) else None


def _has_two_spellings(numbers: dict[str, float]) -> bool:
    # By repr, 0.0 and -0.0 are two numbers.
    spellings = {_NO_FRACTION.sub("", _NO_WHOLE_PART.sub("0.", text)) for text in numbers}
    return len(set(map(repr, numbers.values()))) < len(spellings)


_NO_FRACTION = re.compile(r"\.0*$")
_NO_WHOLE_PART = re.compile(r"(?<!\d)\.")


_N_SAFE = 15
"""Number of digits that a float always keeps."""


def _keeps_digits(text: str, number: float) -> bool:
    """Return whether a number, written with as many digits as its text, is the same one."""
    digits = re.split("[eE]", text)[0].lstrip("+-").replace(".", "").lstrip("0")
    if not math.isfinite(number) or (digits and not number):
        return False
    if len(digits) <= _N_SAFE and abs(number) >= sys.float_info.min:
        return True
    return not digits or Decimal(f"{number:.{len(digits) - 1}e}") == Decimal(text)


def target_number(cell: str) -> float | None:
    """Read a number to predict; return None if the cell has no finite number."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_same(cell: str, value: str) -> bool:
    """Return whether a cell has a value: as text, or as a number if both are numbers ("10" and "10.0")."""
    if composed(cell) == composed(value):
        return True
    # As floats, whole numbers of 17 digits could equal their neighbors.
    return all(map(_NUMBER.fullmatch, (cell, value))) and Decimal(cell) == Decimal(value)


def label_text(label: Label) -> str:
    """Return the name of a class for a label, such as "1" for 1.0."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def composed(text: str) -> str:
    """Return text in Unicode's form NFC, so that two spellings of a name ("é", or "e" and an accent) are one."""
    return unicodedata.normalize("NFC", text)


def _label(value: object) -> Label:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return value or None
    return None if value != value else value
