"""Bring maps of different networks to one size, so that they can be added."""

import numpy as np


def resample(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Resample a map by area: each new position is the mean of the part of the map that it covers.

    Parameters
    ----------
    values : ndarray of shape (height, width), float64
    shape : tuple of int
        New height and width.

    Returns
    -------
    ndarray of the new shape, float64
        Its mean is that of `values`.
    """
    rows, columns = (_shares(n_old, n_new) for n_old, n_new in zip(values.shape, shape, strict=True))
    return rows @ values @ columns.T


def _shares(n_old: int, n_new: int) -> np.ndarray:
    """Return the share of each old position in each new one, of shape (n_new, n_old); rows sum to 1."""
    old, new = np.arange(n_old + 1) / n_old, np.arange(n_new + 1) / n_new
    starts, ends = np.maximum(new[:-1, None], old[None, :-1]), np.minimum(new[1:, None], old[None, 1:])
    return np.maximum(ends - starts, 0) * n_new
