"""Small networks, trained as long as validation tells."""

from dataclasses import replace

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import TrainingError
from orangecontrib.transferlearning.headsettings import HeadSettings
from orangecontrib.transferlearning.networkplan import plan_network
from orangecontrib.transferlearning.networktraining import train_network
from orangecontrib.transferlearning.smallnetwork import fit_network

from .samples_training import clouds, slope

QUICK = HeadSettings(epochs=40, learning_rate=0.05)


def test_network_is_validated_then_trained_anew_on_all_but_the_test():
    features, labels = clouds(noise=2.0)
    plan = plan_network([None, *labels[1:]], replace(QUICK, hidden=8, patience=3))
    told, fractions = [], []
    training = train_network(plan, features.copy(), fractions.append, told.append)
    history = training.history
    assert (training.n_train, training.n_validation, len(training.test), training.n_left_out) == (36, 8, 15, 1)
    assert len(history.epochs) == history.kept + 1 + 3 < 40
    assert told[: len(history.epochs)] == list(history.epochs)
    assert len(told) == len(history.epochs) + history.kept + 1
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx((40 + history.kept + 1) / 80)
    rest = np.setdiff1d(np.arange(1, 60), plan.test)
    assert len(training.network.history.epochs) == history.kept + 1
    # In another order of rows, and so not quite the same network.
    again = fit_network((features[rest], plan.truth[rest]), n_classes=3, settings=training.network.settings)
    assert np.mean(again.predict(features) == training.network.predict(features)) > 0.9


def test_the_test_is_what_the_network_says_of_its_rows():
    features, labels = clouds(noise=2.0)
    plan = plan_network(labels, QUICK)
    training = train_network(plan, features.copy())
    assert sorted(training.test) == plan.test.tolist()
    np.testing.assert_array_equal(training.truth, plan.truth[training.test])
    np.testing.assert_array_equal(training.predicted, training.network.predict(features[training.test]))


def test_without_validation_all_epochs_are_trained_once():
    training = train_network(plan_network(clouds()[1], QUICK, validation_size=0), clouds()[0])
    assert (training.n_train, training.n_validation) == (45, 0)
    assert training.history is training.network.history
    assert len(training.history.epochs) == 40
    np.testing.assert_array_equal(training.predicted, training.truth)


def test_numbers_are_predicted():
    features, labels = slope()
    plan = plan_network(labels, HeadSettings(epochs=80, learning_rate=0.05, l2=0), is_target=True)
    training = train_network(plan, features)
    assert training.classes == ()
    np.testing.assert_allclose(training.predicted, training.truth, atol=0.5)


def test_features_that_cannot_be_learned_from_are_refused():
    features, labels = clouds()
    plan = plan_network(labels, QUICK)
    with pytest.raises(TrainingError, match="same features"):
        train_network(plan, np.ones_like(features))
    features[7, 2] = np.nan
    with pytest.raises(TrainingError, match="Row 8 has features that are not finite"):
        train_network(plan, features)
