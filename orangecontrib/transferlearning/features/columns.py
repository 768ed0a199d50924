"""Convert columns of labels, keys and metas to NumPy arrays of numbers or text, and back."""

from collections.abc import Sequence

import numpy as np

from ..records import Label
from ..sources.labels import array_values, label_text
from .storable_text import check_array_size

_GREATEST_FLOAT = 2**53
"""Largest whole number up to which float64 represents all whole numbers."""


def plain_column(values: Sequence[Label]) -> np.ndarray | list[str]:
    """Convert a column to numbers if all of its values are numbers, otherwise to text.

    Parameters
    ----------
    values : sequence of Label

    Returns
    -------
    ndarray of shape (n_images,) or list of str
        int64 if no value is missing; float64 with NaN for missing values, if float64 represents the numbers exactly;
        otherwise text, with "" for missing values.
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
    """Convert a column to an array, as `plain_column` does; each text takes the memory of the longest one."""
    found = plain_column(values)
    return found if isinstance(found, np.ndarray) else text_array(found)


def target_array(values: Sequence[Label]) -> np.ndarray:
    """Convert numbers to a float64 array, with NaN for missing values."""
    return np.array([np.nan if value is None else float(value) for value in values], np.float64)


def text_array(values: Sequence[str]) -> np.ndarray:
    """Convert texts to an array of text, which may be empty; raise `SinkError` if it would be too large."""
    check_array_size(len(values), max(map(len, values), default=0), "A column of text")
    return np.array(list(values), dtype=str) if len(values) else np.empty(0, "U1")


def column_values(array: np.ndarray) -> list[Label]:
    """Convert a column to Python scalars; NaN and empty text become None."""
    return array_values(array, len(array))


def label_cell(label: Label, is_target: bool) -> Label:
    """Return what a table of text has for a label: a number to predict, the name of a class, or "" for None."""
    if label is None:
        return ""
    return label if is_target else label_text(label)
