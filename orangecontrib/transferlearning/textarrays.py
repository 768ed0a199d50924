"""Columns of labels, keys and metas -> NumPy arrays of numbers or text, and back."""

from collections.abc import Sequence

import numpy as np

from .items import Label
from .labels import label_list


def label_array(values: Sequence[Label]) -> np.ndarray:
    """Make an array of a column: whole numbers as int64, numbers with or without gaps as float64, else text.

    Parameters
    ----------
    values : sequence of Label
        A missing one becomes NaN among numbers with a fraction, and "" among text and whole numbers, which then
        are text.

    Returns
    -------
    ndarray of shape (n_images,), int64, float64 or text
    """
    present = [value for value in values if value is not None]
    is_number = bool(present) and not any(isinstance(value, str) for value in present)
    is_whole = is_number and all(isinstance(value, int | np.integer) for value in present)
    if is_whole and len(present) == len(values):
        return np.array(values, np.int64)
    if is_number and not is_whole:
        return target_array(values)
    return text_array(["" if value is None else str(value) for value in values])


def target_array(values: Sequence[Label]) -> np.ndarray:
    """Make an array of numbers, float64, NaN where one is missing."""
    return np.array([np.nan if value is None else float(value) for value in values], np.float64)


def text_array(values: Sequence[str]) -> np.ndarray:
    """Make an array of text; NumPy's text has no length 0."""
    return np.array(list(values), dtype=str) if len(values) else np.empty(0, "U1")


def column(array: np.ndarray) -> list[Label]:
    """Make Python scalars of a column; NaN and empty text become None."""
    return label_list(array, len(array))
