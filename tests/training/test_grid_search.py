"""Values of a grid are cross-validated."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold

from orangecontrib.transferlearning.errors import Cancelled, SettingError
from orangecontrib.transferlearning.training.grid_search import GridSearch, choose_values, count_fits
from orangecontrib.transferlearning.training.learners import CLASS_LEARNERS, TARGET_LEARNERS

from ..samples_training import clouds, slope


def search(learner, values, rows, labels, is_target=False, callback=None):
    return GridSearch(
        learner, values, rows.copy(), np.asarray(labels), is_target=is_target, n_folds=4, seed=0, callback=callback
    )


def test_scores_are_those_of_scikit_learn_s_grid_search():
    rows, labels = clouds(noise=2.0)
    codes = np.array([ord(label) for label in labels], float)
    values = [0.01, 1, 10]
    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    expected = GridSearchCV(LogisticRegression(max_iter=1000, tol=1e-6), {"C": values}, cv=folds).fit(rows, codes)
    found = search(CLASS_LEARNERS["logistic"], values, rows, codes).score_candidates()
    assert [candidate.value for candidate in found] == values
    assert [each.mean for each in found] == pytest.approx(expected.cv_results_["mean_test_score"], abs=0.02)
    assert [each.spread for each in found] == pytest.approx(expected.cv_results_["std_test_score"], abs=0.02)


def test_scores_of_ridge_are_those_of_scikit_learn_s_grid_search():
    rows, numbers = slope(noise=1.0)
    values = [1, 30, 1000]
    expected = GridSearchCV(Ridge(), {"alpha": values}, cv=KFold(4, shuffle=True, random_state=0)).fit(rows, numbers)
    found = search(TARGET_LEARNERS["ridge"], values, rows, numbers, is_target=True).score_candidates()
    assert [each.mean for each in found] == pytest.approx(expected.cv_results_["mean_test_score"], abs=1e-4)


def test_fit_on_all_rows_pairs_rows_with_their_labels_after_the_folds():
    rows, numbers = slope()
    made = search(TARGET_LEARNERS["linear"], [None], rows, numbers, is_target=True)
    (candidate,) = made.score_candidates()
    assert candidate.scores == pytest.approx((1, 1, 1, 1))
    estimator = made.fit_all(None)
    np.testing.assert_allclose(estimator.coef_, [2, -1, 0, 0, 0], atol=1e-5)
    assert estimator.intercept_ == pytest.approx(7, abs=1e-5)


def test_every_fit_is_reported_and_can_be_stopped():
    rows, labels = clouds()
    fractions = []
    made = search(CLASS_LEARNERS["logistic"], [1, 10], rows, np.repeat([0.0, 1, 2], 20), callback=fractions.append)
    made.score_candidates()
    made.fit_all(1)
    assert fractions == pytest.approx(np.arange(1, 10) / 9)
    assert count_fits([1, 10], 4) == 9

    def stop(fraction):
        raise Cancelled

    with pytest.raises(Cancelled):
        search(CLASS_LEARNERS["logistic"], [1], rows, np.repeat([0.0, 1, 2], 20), callback=stop).score_candidates()


def test_fits_that_do_not_converge_are_counted():
    rows, _ = clouds(noise=3.0)
    usual = CLASS_LEARNERS["logistic"]
    hasty = replace(usual, make=lambda seed: usual.make(seed).set_params(max_iter=1))
    made = search(hasty, [1e6], rows, np.repeat([0.0, 1, 2], 20))
    made.score_candidates()
    assert made.n_unfinished == 4


def test_values_are_sorted_and_taken_once():
    assert choose_values(CLASS_LEARNERS["svm"], (1, 0.1, 1)) == [0.1, 1]
    assert choose_values(CLASS_LEARNERS["svm"], None) == [0.01, 0.1, 1, 10, 100]
    assert choose_values(TARGET_LEARNERS["linear"], None) == [None]
    assert choose_values(CLASS_LEARNERS["forest"], (2.0,)) == [2]


@pytest.mark.parametrize(
    "learner, grid, message",
    [
        (CLASS_LEARNERS["logistic"], (0, 1), "Values of C have to be numbers above 0"),
        (CLASS_LEARNERS["logistic"], (1, np.inf), "Values of C have to be numbers above 0"),
        (CLASS_LEARNERS["logistic"], (), "Values of C have to be numbers above 0"),
        (CLASS_LEARNERS["forest"], (0.5,), "whole number of images"),
        (TARGET_LEARNERS["linear"], (1,), "leave --grid out"),
    ],
)
def test_values_out_of_range_are_refused(learner, grid, message):
    with pytest.raises(SettingError, match=message):
        choose_values(learner, grid)
