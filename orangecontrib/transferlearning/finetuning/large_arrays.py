"""Make and open arrays that are on the disk if they are large."""

import math
import tempfile
from pathlib import Path

import numpy as np

MAX_IN_MEMORY = 1 << 30
"""Number of bytes above which an array is in a temporary file, which is deleted with the array."""


def make_array(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Return a new array with undefined values.

    Parameters
    ----------
    shape : tuple of int
    dtype : type

    Returns
    -------
    ndarray
        An array; if it is larger than `MAX_IN_MEMORY`, it is on the disk.
    """
    if math.prod(shape) * np.dtype(dtype).itemsize <= MAX_IN_MEMORY:
        return np.empty(shape, dtype)
    with tempfile.TemporaryFile(prefix="orange-transfer") as file:
        return np.memmap(file, dtype, "w+", shape=shape)


def open_array(path: Path) -> np.ndarray:
    """Open an array that `numpy.save` wrote; if it is larger than `MAX_IN_MEMORY`, it stays on the disk."""
    return np.load(path, mmap_mode="r" if path.stat().st_size > MAX_IN_MEMORY else None, allow_pickle=False)
