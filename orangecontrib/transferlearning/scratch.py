"""Large arrays: in memory up to a limit, beyond it in a temporary file."""

import math
import tempfile

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
