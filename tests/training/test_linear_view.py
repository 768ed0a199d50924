"""Features are prepared for linear learners, and coefficients converted back."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from orangecontrib.transferlearning.training import linear_view as linear
from orangecontrib.transferlearning.training.linear_view import LENGTH, view_for_linear

from ..samples_training import clouds, slope


def test_rows_are_moved_to_zero_and_scaled_to_one_length():
    features, _ = clouds()
    view = view_for_linear(1000 * features)
    np.testing.assert_allclose(view.rows.mean(0), 0, atol=1e-5)
    assert np.mean((view.rows.astype(float) ** 2).sum(1)) == pytest.approx(LENGTH**2, rel=1e-5)
    assert view.rows.dtype == np.float32


def test_constant_features_are_seen_as_zeros():
    np.testing.assert_array_equal(view_for_linear(np.full((4, 3), 7, np.float32)).rows, 0)


def test_fewer_rows_than_columns_keep_their_distances_in_fewer_columns():
    features, _ = clouds(n_each=4, n_features=300)
    plain = features - features.mean(0)
    view = view_for_linear(features)
    assert view.rows.shape == (12, 11)
    expected = np.linalg.norm(plain[:, None] - plain[None], axis=2) / view.scale
    np.testing.assert_allclose(np.linalg.norm(view.rows[:, None] - view.rows[None], axis=2), expected, atol=2e-5)


@pytest.mark.parametrize("n_features", [6, 300])
def test_restored_learner_predicts_from_features_as_it_did_from_prepared_ones(n_features):
    features, labels = clouds(n_features=n_features)
    new, _ = clouds(n_features=n_features, seed=1)
    view = view_for_linear(features.copy())
    learner = LogisticRegression().fit(view.rows, labels)
    seen = learner.decision_function(view.rows)
    view.restore(learner)
    np.testing.assert_allclose(learner.decision_function(features), seen, atol=1e-4)
    assert learner.n_features_in_ == n_features
    assert learner.predict(new).tolist() == clouds(n_features=n_features, seed=1)[1]


def test_rotated_ridge_is_the_ridge_of_the_features(monkeypatch):
    features, numbers = slope(n=30, n_features=100)
    with monkeypatch.context() as patch:
        patch.setattr(linear, "MAX_ROTATED", 0)
        plain = view_for_linear(features.copy())
    rotated = view_for_linear(features.copy())
    one, other = Ridge().fit(plain.rows, numbers), Ridge().fit(rotated.rows, numbers)
    plain.restore(one)
    rotated.restore(other)
    assert plain.rows.shape == (30, 100)
    assert rotated.rows.shape == (30, 29)
    np.testing.assert_allclose(one.coef_, other.coef_, atol=1e-5)
    assert one.intercept_ == pytest.approx(other.intercept_, abs=1e-4)
