"""Maps of other sizes keep their mean, and their values where they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orangecontrib.transferlearning.explain.map_sizes import resample

SIDES = st.integers(1, 20)


def test_new_positions_are_means_of_what_they_cover():
    np.testing.assert_allclose(resample(np.array([[1.0, 2], [3, 4]]), (4, 2)), [[1, 2], [1, 2], [3, 4], [3, 4]])
    np.testing.assert_allclose(resample(np.array([[0.0, 6]]), (1, 3)), [[0, 3, 6]])
    np.testing.assert_allclose(resample(np.array([[1.0, 2, 6]]), (1, 2)), [[4 / 3, 14 / 3]])


@given(SIDES, SIDES, SIDES, SIDES)
def test_mean_stays(height, width, new_height, new_width):
    values = np.random.default_rng(height).normal(size=(height, width))
    found = resample(values, (new_height, new_width))
    assert found.shape == (new_height, new_width)
    assert found.mean() == pytest.approx(values.mean(), abs=1e-12)
