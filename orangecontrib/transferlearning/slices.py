"""Rows of a matrix that change places, so that any choice of them is one slice and nothing is copied."""

from collections.abc import Iterator

import numpy as np

N_AT_ONCE = 256
"""Rows that are swapped at a time, which is what the swap needs memory for."""


def move_last(features: np.ndarray, numbers: np.ndarray, chosen: np.ndarray) -> int:
    """Swap rows in place until the chosen ones come last.

    Parameters
    ----------
    features : ndarray of shape (n, n_features)
        Changed in place.
    numbers : ndarray of shape (n,), int
        The number of the row at each place; changed in place.
    chosen : ndarray of int
        Numbers of the rows that are to come last.

    Returns
    -------
    int
        How many rows come before the chosen ones.
    """
    n_before = len(numbers) - len(chosen)
    is_chosen = np.isin(numbers, chosen)
    out = np.flatnonzero(is_chosen[:n_before])
    back = n_before + np.flatnonzero(~is_chosen[n_before:])
    for start in range(0, len(out), N_AT_ONCE):
        one, other = out[start : start + N_AT_ONCE], back[start : start + N_AT_ONCE]
        features[one], features[other] = features[other], features[one]
        numbers[one], numbers[other] = numbers[other], numbers[one]
    return n_before


def parts(n: int) -> Iterator[slice]:
    """Cut `n` rows or columns into parts of up to 1024, so that what is computed of one part stays small."""
    return (slice(start, min(start + 1024, n)) for start in range(0, n, 1024))
