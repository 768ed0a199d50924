"""Vectors of features get the length that was asked for."""

import numpy as np
import pytest

from orangecontrib.transferlearning.embedding.scaling import ORANGE_LENGTH, scale, scale_factors

FEATURES = np.array([[3, 4, 0, 0, 2], [0, 0, 0, 0, 7], [0, 0, 0, 0, 0]], np.float32)
N_EACH = [2, 3]


def test_none_leaves_features_as_they_are():
    assert scale(FEATURES, N_EACH, "none") is FEATURES


def test_vector_of_each_network_gets_length_1_and_zeros_stay():
    expected = [[0.6, 0.8, 0, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]]
    np.testing.assert_allclose(scale(FEATURES, N_EACH, "l2"), expected, rtol=1e-6)


def test_vector_of_all_networks_gets_the_length_for_orange():
    found = scale(FEATURES, N_EACH, "orange")
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [ORANGE_LENGTH, ORANGE_LENGTH, 0], rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found[0, :2]), np.linalg.norm(found[0, 2:]), rtol=1e-6)
    assert ORANGE_LENGTH**2 == pytest.approx(30, rel=0.01)


@pytest.mark.parametrize("scaling", ["none", "l2", "orange"])
def test_features_are_multiplied_by_the_factors(scaling):
    np.testing.assert_array_equal(scale(FEATURES, N_EACH, scaling), FEATURES * scale_factors(FEATURES, N_EACH, scaling))


@pytest.mark.parametrize("scaling", ["l2", "orange"])
def test_image_alone_is_scaled_as_in_a_batch(scaling):
    rows = np.random.default_rng(0).normal(size=(50, 5)).astype(np.float32)
    alone = [scale(row[None], N_EACH, scaling)[0] for row in rows]
    np.testing.assert_array_equal(scale(rows, N_EACH, scaling), alone)
