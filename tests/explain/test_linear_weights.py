"""Weights of linear functions, found by asking them."""

import numpy as np
import pytest

from orangecontrib.transferlearning.explain.linear_weights import linear_parts

RNG = np.random.default_rng(1)
WEIGHTS, INTERCEPTS = RNG.normal(size=(3, 50)), RNG.normal(size=3) * 100
EXAMPLE = np.abs(RNG.normal(size=50)) * np.logspace(-3, 3, 50)


def test_weights_are_found_whatever_the_scale_of_features():
    parts = linear_parts(lambda rows: rows @ WEIGHTS.T + INTERCEPTS, EXAMPLE)
    np.testing.assert_allclose(parts.weights, WEIGHTS, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(parts.intercepts, INTERCEPTS, rtol=1e-9)


def test_name_without_values_stays_without():
    parts = linear_parts(lambda rows: np.column_stack([rows[:, 0], np.full(len(rows), np.nan)]), EXAMPLE)
    assert parts.weights[0].nonzero()[0].tolist() == [0]
    assert np.isnan(parts.intercepts[1])


@pytest.mark.parametrize(
    "decide",
    [
        lambda rows: (rows**2) @ WEIGHTS.T,
        lambda rows: np.maximum(rows @ WEIGHTS.T, 0),
        lambda rows: (rows[:, :1] > EXAMPLE[0]).astype(float),
        lambda rows: np.tanh(rows @ WEIGHTS.T / 1e4),
        lambda rows: np.full((len(rows), 2), np.nan),
    ],
    ids=["squares", "rectified", "step", "tanh", "none"],
)
def test_others_have_none(decide):
    assert linear_parts(decide, EXAMPLE) is None


def test_image_without_any_feature_is_no_hindrance():
    parts = linear_parts(lambda rows: rows @ WEIGHTS.T + INTERCEPTS, np.zeros(50))
    np.testing.assert_allclose(parts.weights, WEIGHTS, rtol=1e-6, atol=1e-9)
