"""Patches of gray, and what they tell of cells."""

import numpy as np

from orangecontrib.transferlearning.explain.occlusion import GRAY, N_CELLS, average_drops, occlude


def test_every_patch_covers_a_quarter_across_and_down_and_nothing_else():
    pixels = np.zeros((33, 64, 3), np.uint8)
    covered = occlude(pixels)
    assert covered.shape == (49, 33, 64, 3)
    assert not pixels.any()
    assert (covered[0, :8, :16] == GRAY).all()
    assert covered[0].astype(int).sum() == 8 * 16 * 3 * GRAY
    assert (covered[-1, 25:, 48:] == GRAY).all()
    assert (covered.max(0) == GRAY).all()


def test_cell_has_the_mean_of_the_patches_over_it():
    drops = np.zeros(49)
    drops[0] = 4
    cells = average_drops(drops)
    assert cells.shape == (N_CELLS, N_CELLS)
    np.testing.assert_array_equal(cells[:3, :3], [[4, 2, 0], [2, 1, 0], [0, 0, 0]])
    np.testing.assert_allclose(average_drops(np.full(49, 0.5)), 0.5)
