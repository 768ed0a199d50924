"""Heads are trained for the number of epochs that validates best."""

from dataclasses import replace

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SettingError, TrainingError
from orangecontrib.transferlearning.training.head_estimator import fit_head
from orangecontrib.transferlearning.training.head_settings import HeadSettings
from orangecontrib.transferlearning.training.head_training import plan_head, train_planned_head
from orangecontrib.transferlearning.training.plan import plan_training

from ..samples_training import clouds, slope

QUICK = HeadSettings(epochs=40, learning_rate=0.05)


def test_head_is_validated_then_trained_again_on_all_but_the_test():
    features, labels = clouds(noise=2.0)
    plan = plan_head([None, *labels[1:]], replace(QUICK, hidden=8, patience=3))
    told, fractions = [], []
    training = train_planned_head(plan, features.copy(), fractions.append, told.append)
    history = training.history
    assert (training.n_train, training.n_validation, len(training.test), training.n_left_out) == (36, 8, 15, 1)
    assert len(history.epochs) == history.kept + 1 + 3 < 40
    assert told[: len(history.epochs)] == list(history.epochs)
    assert len(told) == len(history.epochs) + history.kept + 1
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx((40 + history.kept + 1) / 80)
    rest = np.setdiff1d(np.arange(1, 60), plan.test)
    assert len(training.head.history.epochs) == history.kept + 1
    # The rows are in another order, so the head is not quite the same.
    again = fit_head((features[rest], plan.truth[rest]), n_classes=3, settings=training.head.settings)
    assert np.mean(again.predict(features) == training.head.predict(features)) > 0.9


def test_predictions_of_the_test_are_those_of_its_rows():
    features, labels = clouds(noise=2.0)
    plan = plan_head(labels, QUICK)
    training = train_planned_head(plan, features.copy())
    assert sorted(training.test) == plan.test.tolist()
    np.testing.assert_array_equal(training.truth, plan.truth[training.test])
    np.testing.assert_array_equal(training.predicted, training.head.predict(features[training.test]))


def test_without_validation_all_epochs_are_trained_once():
    training = train_planned_head(plan_head(clouds()[1], QUICK, validation_size=0), clouds()[0])
    assert (training.n_train, training.n_validation) == (45, 0)
    assert training.history is training.head.history
    assert len(training.history.epochs) == 40
    np.testing.assert_array_equal(training.predicted, training.truth)


def test_numbers_are_predicted():
    features, labels = slope()
    plan = plan_head(labels, HeadSettings(epochs=80, learning_rate=0.05, l2=0), is_target=True)
    training = train_planned_head(plan, features)
    assert training.classes == ()
    np.testing.assert_allclose(training.predicted, training.truth, atol=0.5)


def test_features_that_cannot_be_learned_from_are_refused():
    features, labels = clouds()
    plan = plan_head(labels, QUICK)
    with pytest.raises(TrainingError, match="same features"):
        train_planned_head(plan, np.ones_like(features))
    features[7, 2] = np.nan
    with pytest.raises(TrainingError, match="Row 8 has features that are not finite"):
        train_planned_head(plan, features)


LABELS = [None, *["a", "b", "c"] * 20]


@pytest.mark.parametrize("seed", [0, 3])
def test_test_is_that_of_the_other_learners_with_the_same_seed(seed):
    plan = plan_head(LABELS, HeadSettings(seed=seed))
    np.testing.assert_array_equal(plan.test, plan_training(LABELS, seed=seed).test)


def test_validation_has_its_share_of_every_class_and_none_of_the_test():
    plan = plan_head(LABELS, HeadSettings(epochs=7))
    assert (plan.classes, len(plan.test), len(plan.validation)) == (("a", "b", "c"), 15, 9)
    assert np.bincount(plan.truth[plan.validation].astype(int)).tolist() == [3, 3, 3]
    assert not {0, *plan.test} & set(plan.validation)
    assert plan.n_epochs == 14


def test_validation_may_be_left_out():
    plan = plan_head(LABELS, HeadSettings(epochs=7), validation_size=0)
    assert (len(plan.validation), plan.n_epochs) == (0, 7)


def test_numbers_need_no_classes():
    plan = plan_head(np.arange(40.0).tolist(), is_target=True)
    assert (plan.classes, len(plan.test), len(plan.validation)) == ((), 10, 6)


def test_what_cannot_be_trained_is_refused_by_the_labels_alone():
    with pytest.raises(SettingError, match="test size has to be between 0 and 1, not 0"):
        plan_head(LABELS, test_size=0)
    with pytest.raises(TrainingError, match="less than one image of any class"):
        plan_head(LABELS, validation_size=0.001)
    with pytest.raises(TrainingError, match="Class b has 1 image, and training and the test together need 2: embed"):
        plan_head([*["a"] * 20, "b"])
    with pytest.raises(TrainingError, match="leaves 1 to train on, and 2 classes need 2: choose a smaller"):
        plan_head(["a", "b"] * 10, test_size=0.95)
    with pytest.raises(TrainingError, match="1 of 20 images is left to train on, too few: choose a smaller"):
        plan_head(np.arange(20.0).tolist(), is_target=True, test_size=0.95)
