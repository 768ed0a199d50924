"""Scores are those of Orange's cross-validation and of its widgets' learners."""

import warnings

import numpy as np
import pytest
from Orange.classification import MajorityLearner
from Orange.evaluation import AUC, CA, CrossValidation
from Orange.modelling import KNNLearner
from Orange.widgets.model.owknn import OWKNNLearner
from Orange.widgets.model.owlogisticregression import OWLogisticRegression
from Orange.widgets.model.owrandomforest import OWRandomForest
from Orange.widgets.model.owsvm import OWSVM
from Orange.widgets.tests.base import WidgetTest

from orangecontrib.transferlearning.bakeoff.folds import make_folds
from orangecontrib.transferlearning.bakeoff.learners import LEARNERS
from orangecontrib.transferlearning.bakeoff.scoring import feature_table, score_learner
from orangecontrib.transferlearning.errors import Cancelled

from ..samples_training import clouds

CLASSES = ("a", "b", "c")
FEATURES, _ = clouds(noise=2.5)
CODES = np.repeat([0, 1, 2], 20)
TABLE = feature_table(FEATURES, CODES, CLASSES)


class TestScores(WidgetTest):
    """Scores with the learners of Orange's widgets, as they are at first."""

    def _check(self, name, kind, **seeds):
        theirs = self.create_widget(kind).create_learner()
        if seeds:
            theirs.kwargs.update(seeds)
        self._check_learner(name, theirs)

    def _check_learner(self, name, theirs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = CrossValidation(k=4, random_state=7)(TABLE, [theirs])
            scores = score_learner(TABLE, LEARNERS[name].make(), [make_folds(CODES, CLASSES, 4, 7)])
        assert not results.failed[0]
        assert 0.4 < scores.accuracy < 1
        assert scores.accuracy == CA(results)[0]
        assert scores.auc == pytest.approx(AUC(results)[0], abs=1e-12)

    def test_logistic_regression(self):
        self._check("logistic", OWLogisticRegression)

    def test_forest_with_replicable_training(self):
        self._check("forest", OWRandomForest, random_state=0)

    def test_neighbors(self):
        self._check("knn", OWKNNLearner)

    def test_svm_whose_probabilities_are_drawn_with_the_same_seed(self):
        theirs = self.create_widget(OWSVM).create_learner()
        theirs.get_params(theirs.CLASSIFICATION)["random_state"] = 0
        self._check_learner("svm", theirs)


def test_scores_of_a_case_by_hand():
    # The majority of the others is "a", and all images get the same probabilities in a fold.
    codes, folds = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0, 1])
    table = feature_table(np.zeros((6, 1)), codes, ("a", "b"))
    scores = score_learner(table, MajorityLearner(), [folds])
    assert scores.folds == pytest.approx((2 / 3, 2 / 3))
    assert (scores.accuracy, scores.auc, scores.spread) == pytest.approx((4 / 6, 0.5, 0))


def test_auc_of_neighbors_by_hand():
    codes, folds = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 0, 1])
    table = feature_table(np.array([[0.0], [1.0], [9.0], [10.0], [10.5], [0.4]]), codes, ("a", "b"))
    scores = score_learner(table, KNNLearner(n_neighbors=1), [folds])
    # P(b) is 1, 0, 1, 1, 1, 0: of 9 pairs of "a" and "b", 2 are in order and 5 are equal.
    assert scores.folds == pytest.approx((1 / 3, 2 / 3))
    assert scores.auc == pytest.approx((2 + 5 / 2) / 9)


def test_several_foldings_give_means_over_all():
    foldings = [make_folds(CODES, CLASSES, 4, seed) for seed in (1, 2)]
    one, other, both = (
        score_learner(TABLE, LEARNERS["knn"].make(), each) for each in (foldings[:1], foldings[1:], foldings)
    )
    assert both.folds == one.folds + other.folds
    assert both.accuracy == pytest.approx((one.accuracy + other.accuracy) / 2)
    assert both.auc == pytest.approx((one.auc + other.auc) / 2)
    assert both.spread == pytest.approx(np.std(one.folds + other.folds))


def test_progress_rises_and_may_stop_the_work():
    fractions = []
    foldings = [make_folds(CODES, CLASSES, 4, seed) for seed in (1, 2)]
    score_learner(TABLE, LEARNERS["knn"].make(), foldings, fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1

    def cancel(fraction):
        raise Cancelled

    with pytest.raises(Cancelled):
        score_learner(TABLE, LEARNERS["knn"].make(), foldings, cancel)
