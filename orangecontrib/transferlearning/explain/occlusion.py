"""Cover one part of an image after another in gray, and compute the effect of each part."""

import numpy as np

N_CELLS = 8
"""Number of cells in each direction."""

PATCH_CELLS = 2
"""Side of a covered patch in cells; patches are one cell apart, so that they overlap."""

GRAY = 128

_N_PATCHES = N_CELLS - PATCH_CELLS + 1


def occlude(pixels: np.ndarray) -> np.ndarray:
    """Return copies of an image with one patch covered in each, row by row.

    Parameters
    ----------
    pixels : ndarray of shape (height, width, 3), uint8

    Returns
    -------
    ndarray of shape (n_patches, height, width, 3), uint8
    """
    rows, columns = (np.linspace(0, side, N_CELLS + 1).round().astype(int) for side in pixels.shape[:2])
    covered = np.repeat(pixels[None], _N_PATCHES**2, axis=0)
    for number, image in enumerate(covered):
        row, column = divmod(number, _N_PATCHES)
        image[rows[row] : rows[row + PATCH_CELLS], columns[column] : columns[column + PATCH_CELLS]] = GRAY
    return covered


def average_drops(drops: np.ndarray) -> np.ndarray:
    """Return for each cell the mean of the patches that cover it.

    Parameters
    ----------
    drops : ndarray of shape (n_patches,)
        Decreases of the score, in the order of `occlude`.

    Returns
    -------
    ndarray of shape (N_CELLS, N_CELLS), float64
    """
    sums, counts = np.zeros((2, N_CELLS, N_CELLS))
    for number, drop in enumerate(drops):
        row, column = divmod(number, _N_PATCHES)
        cells = np.s_[row : row + PATCH_CELLS, column : column + PATCH_CELLS]
        sums[cells] += drop
        counts[cells] += 1
    return sums / counts
