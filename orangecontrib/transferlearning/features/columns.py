"""Convert columns of labels, keys and metas to NumPy arrays of numbers or text, and back."""

from collections.abc import Sequence

import numpy as np

from ..records import Label
from ..sources.labels import label_list

_GREATEST_FLOAT = 2**53
"""Whole numbers beyond this are not all different as float64."""


def plain_column(values: Sequence[Label]) -> np.ndarray | list[str]:
    """Make numbers of a column if it has nothing else, or text.

    Parameters
    ----------
    values : sequence of Label

    Returns
    -------
    ndarray of shape (n_images,) or list of str
        int64; or float64 with NaN for a missing one, also among whole numbers, if float64 holds them; else text, ""
        for a missing one.
    """
    present = [value for value in values if value is not None]
    is_number = bool(present) and not any(isinstance(value, str) for value in present)
    is_whole = is_number and all(isinstance(value, int | np.integer) for value in present)
    if is_whole and len(present) == len(values) and all(abs(value) < 2**63 for value in present):
        return np.array(values, np.int64)
    if is_number and (not is_whole or all(abs(value) <= _GREATEST_FLOAT for value in present)):
        return target_array(values)
    return ["" if value is None else str(value) for value in values]


def label_array(values: Sequence[Label]) -> np.ndarray:
    """Make an array of a column, as `plain_column` does; text takes as much for each row as for the longest one."""
    found = plain_column(values)
    return found if isinstance(found, np.ndarray) else text_array(found)


def target_array(values: Sequence[Label]) -> np.ndarray:
    """Make an array of numbers, float64, NaN where one is missing."""
    return np.array([np.nan if value is None else float(value) for value in values], np.float64)


def text_array(values: Sequence[str]) -> np.ndarray:
    """Make an array of text; NumPy's text has no length 0."""
    return np.array(list(values), dtype=str) if len(values) else np.empty(0, "U1")


def column(array: np.ndarray) -> list[Label]:
    """Make Python scalars of a column; NaN and empty text become None."""
    return label_list(array, len(array))
