"""Scores, against scikit-learn's own report."""

import numpy as np
import pytest
from sklearn.metrics import classification_report

from orangecontrib.transferlearning.training.scores import score_accuracy, score_classes, score_target

TRUTH = np.array([0, 0, 0, 1, 1, 2.0])
PREDICTED = np.array([0, 1, 0, 1, 1, 0.0])
CLASSES = ("a", "b", "c")


def test_report_has_the_numbers_of_scikit_learn_s():
    report = classification_report(TRUTH, PREDICTED, target_names=CLASSES, output_dict=True, zero_division=0)
    assert score_accuracy(TRUTH, PREDICTED) == pytest.approx(report["accuracy"])
    for score in score_classes(TRUTH, PREDICTED, CLASSES):
        expected = report[score.name.replace("average", "avg")]
        found = [score.precision, score.recall, score.f1, score.support]
        assert found == pytest.approx([expected[name] for name in ("precision", "recall", "f1-score", "support")])


def test_a_class_that_is_never_predicted_has_zeros():
    assert score_classes(TRUTH, PREDICTED, CLASSES)[2].precision == 0


def test_scores_of_numbers():
    score = score_target(np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3, 6]))
    assert (score.r2, score.rmse, score.mae) == pytest.approx((0.2, 1.0, 0.5))
