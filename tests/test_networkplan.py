"""Rows for validation and test, chosen before features are read."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SettingError, TrainingError
from orangecontrib.transferlearning.headsettings import HeadSettings
from orangecontrib.transferlearning.networkplan import plan_network
from orangecontrib.transferlearning.trainingplan import plan_training

LABELS = [None, *["a", "b", "c"] * 20]


@pytest.mark.parametrize("seed", [0, 3])
def test_test_is_that_of_the_other_learners_with_the_same_seed(seed):
    plan = plan_network(LABELS, HeadSettings(seed=seed))
    np.testing.assert_array_equal(plan.test, plan_training(LABELS, seed=seed).test)


def test_validation_has_its_share_of_every_class_and_none_of_the_test():
    plan = plan_network(LABELS, HeadSettings(epochs=7))
    assert (plan.classes, len(plan.test), len(plan.validation)) == (("a", "b", "c"), 15, 9)
    assert np.bincount(plan.truth[plan.validation].astype(int)).tolist() == [3, 3, 3]
    assert not {0, *plan.test} & set(plan.validation)
    assert plan.n_epochs == 14


def test_validation_may_be_left_out():
    plan = plan_network(LABELS, HeadSettings(epochs=7), validation_size=0)
    assert (len(plan.validation), plan.n_epochs) == (0, 7)


def test_numbers_need_no_classes():
    plan = plan_network(np.arange(40.0).tolist(), is_target=True)
    assert (plan.classes, len(plan.test), len(plan.validation)) == ((), 10, 6)


def test_what_cannot_be_trained_is_refused_by_the_labels_alone():
    with pytest.raises(SettingError, match="test size is a share between 0 and 1, not 0"):
        plan_network(LABELS, test_size=0)
    with pytest.raises(TrainingError, match="less than one picture of any class"):
        plan_network(LABELS, validation_size=0.001)
    with pytest.raises(TrainingError, match="Class b has 1 picture, and training and the test together need 2: embed"):
        plan_network([*["a"] * 20, "b"])
    with pytest.raises(TrainingError, match="leaves 1 to train on, and 2 classes need 2: say a smaller"):
        plan_network(["a", "b"] * 10, test_size=0.95)
    with pytest.raises(TrainingError, match="1 of 20 pictures are left to train on, too few: say a smaller"):
        plan_network(np.arange(20.0).tolist(), is_target=True, test_size=0.95)
