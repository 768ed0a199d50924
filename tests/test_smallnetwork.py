"""Small networks as estimators: classes without pictures, missing features, pickles."""

import pickle

import numpy as np
import pytest

from orangecontrib.transferlearning.headsettings import HeadSettings
from orangecontrib.transferlearning.smallnetwork import fit_network

from .samples_training import clouds, slope

QUICK = HeadSettings(epochs=60, learning_rate=0.05)


def rows(**options):
    features, labels = clouds(**options)
    return features, np.array([{"a": 1, "b": 3, "c": 4}[label] for label in labels], float)


@pytest.fixture(scope="module")
def fitted():
    return fit_network(rows(), rows(seed=1), n_classes=6, settings=QUICK)


def test_classes_without_pictures_have_probability_zero(fitted):
    features, places = rows(seed=2)
    probabilities = fitted.predict_proba(features)
    assert probabilities.shape == (60, 6)
    assert not probabilities[:, [0, 2, 5]].any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(fitted.predict(features), places)
    assert fitted.history.epochs[fitted.history.kept].val_accuracy == 1.0


def test_missing_features_count_as_their_column_s_mean():
    features, places = rows()
    features[::7, 0] = np.nan
    features[:, 5] = np.nan
    mean = np.nanmean(features[:, 0])
    network = fit_network((features, places), n_classes=6, settings=QUICK)
    assert features[7, 0] == pytest.approx(mean)
    assert not features[:, 5].any()
    new = rows(seed=2)[0]
    new[0, 0] = np.nan
    filled = new.copy()
    filled[0, 0] = mean
    np.testing.assert_allclose(network.predict_proba(new), network.predict_proba(filled), atol=1e-6)
    assert np.isnan(new[0, 0])


def test_pickle_holds_the_network_as_an_archive(fitted):
    content = pickle.dumps(fitted)
    assert b"PK\x03\x04" in content
    again = pickle.loads(content)
    assert pickle.dumps(again) == content
    features = rows(seed=2)[0]
    np.testing.assert_allclose(again.predict_proba(features), fitted.predict_proba(features), atol=1e-6)
    assert again.history == fitted.history
    assert again.get_params()["epochs"] == 60
    assert again.n_weights == fitted.n_weights == 6 * 3 + 3


def test_numbers_are_predicted_one_a_row():
    features, numbers = slope()
    network = fit_network((features, np.array(numbers)), settings=HeadSettings(epochs=100, learning_rate=0.05, l2=0))
    np.testing.assert_allclose(network.predict(features), numbers, atol=0.3)
