"""Predictions of classes and of numbers are scored."""

import numpy as np
import pytest

from orangecontrib.transferlearning.training.scores import score_accuracy, score_target


def test_accuracy_is_the_share_of_rows_that_are_right():
    assert score_accuracy(np.array([0, 0, 0, 1, 1, 2.0]), np.array([0, 1, 0, 1, 1, 0.0])) == pytest.approx(4 / 6)


def test_scores_of_numbers():
    score = score_target(np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3, 6]))
    assert (score.r2, score.rmse, score.mae) == pytest.approx((0.2, 1.0, 0.5))
