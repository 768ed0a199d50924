"""Trainings are planned from the labels, before features are read."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SettingError, TrainingError
from orangecontrib.transferlearning.training.plan import plan_training


def test_plan_says_what_is_tried_and_tested():
    plan = plan_training(["b", None, "a"] * 8, "svm", grid=(10, 1), test_size=0.5, n_folds=3)
    assert (plan.learner.name, plan.values, plan.n_fits, plan.classes) == ("svm", [1, 10], 7, ("a", "b"))
    np.testing.assert_array_equal(plan.truth[:3], [1, np.nan, 0])
    assert len(plan.test) == 8
    assert np.bincount(plan.truth[plan.test].astype(int)).tolist() == [4, 4]


def test_what_cannot_be_trained_is_refused_by_the_labels_alone():
    with pytest.raises(TrainingError, match="no labels"):
        plan_training([None] * 20)
    with pytest.raises(TrainingError, match="All labels are a"):
        plan_training(["a"] * 20)
    with pytest.raises(SettingError, match="does not predict"):
        plan_training(["a", "b"] * 20, "ridge")
