"""Learners are found by name."""

import pytest

from orangecontrib.transferlearning.errors import SettingError
from orangecontrib.transferlearning.training.learners import CLASS_LEARNERS, TARGET_LEARNERS, find_learner


def test_default_learners():
    assert find_learner(None, False).name == "logistic"
    assert find_learner(None, True).name == "ridge"


def test_a_learner_of_classes_is_refused_for_numbers():
    with pytest.raises(
        SettingError, match="The labels are numbers, which 'svm' does not predict: choose one of ridge, linear"
    ):
        find_learner("svm", True)


@pytest.mark.parametrize("learner", [*CLASS_LEARNERS.values(), *TARGET_LEARNERS.values()], ids=lambda each: each.name)
def test_parameter_is_one_of_the_estimator(learner):
    parameters = learner.make(0).get_params()
    assert not learner.parameter or learner.parameter in parameters
    assert bool(learner.parameter) == bool(learner.grid) == bool(learner.parameter_title)
