"""Large arrays: in memory up to a limit, beyond it in a temporary file."""

import math
import tempfile
from pathlib import Path

import numpy as np

MAX_IN_MEMORY = 1 << 30
"""Bytes: a larger array lies in a temporary file, which the system deletes when nobody uses the array any more."""


def make_array(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Make an array to be filled.

    Parameters
    ----------
    shape : tuple of int
    dtype : type

    Returns
    -------
    ndarray
        Of undefined content; above `MAX_IN_MEMORY` one whose content is on the disk.
    """
    if math.prod(shape) * np.dtype(dtype).itemsize <= MAX_IN_MEMORY:
        return np.empty(shape, dtype)
    with tempfile.TemporaryFile(prefix="orange-transfer") as file:
        return np.memmap(file, dtype, "w+", shape=shape)


def open_array(path: Path) -> np.ndarray:
    """Read an array that `numpy.save` has written; above `MAX_IN_MEMORY` its content stays in the file."""
    return np.load(path, mmap_mode="r" if path.stat().st_size > MAX_IN_MEMORY else None, allow_pickle=False)
