"""An image with one part after another covered in gray, and what that tells of its parts."""

import numpy as np

N_CELLS = 8
"""Across and down."""

PATCH_CELLS = 2
"""Side of what is covered at a time, in cells; it moves by one, so that patches overlap."""

GRAY = 128

_N_PLACES = N_CELLS - PATCH_CELLS + 1


def occlude(pixels: np.ndarray) -> np.ndarray:
    """Cover one patch after another, row by row.

    Parameters
    ----------
    pixels : ndarray of shape (height, width, 3), uint8

    Returns
    -------
    ndarray of shape (n_patches, height, width, 3), uint8
    """
    rows, columns = (np.linspace(0, side, N_CELLS + 1).round().astype(int) for side in pixels.shape[:2])
    covered = np.repeat(pixels[None], _N_PLACES**2, axis=0)
    for number, image in enumerate(covered):
        row, column = divmod(number, _N_PLACES)
        image[rows[row] : rows[row + PATCH_CELLS], columns[column] : columns[column + PATCH_CELLS]] = GRAY
    return covered


def spread_drops(drops: np.ndarray) -> np.ndarray:
    """Return for every cell the mean of the patches that cover it.

    Parameters
    ----------
    drops : ndarray of shape (n_patches,)
        In the order of `occlude`.

    Returns
    -------
    ndarray of shape (N_CELLS, N_CELLS), float64
    """
    sums, counts = np.zeros((2, N_CELLS, N_CELLS))
    for number, drop in enumerate(drops):
        row, column = divmod(number, _N_PLACES)
        cells = np.s_[row : row + PATCH_CELLS, column : column + PATCH_CELLS]
        sums[cells] += drop
        counts[cells] += 1
    return sums / counts
