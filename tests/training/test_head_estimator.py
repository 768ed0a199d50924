"""Heads as estimators: classes without images, missing features, pickles."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from orangecontrib.transferlearning.training.head_estimator import fit_head
from orangecontrib.transferlearning.training.head_settings import HeadSettings

from ..samples_training import clouds, slope

QUICK = HeadSettings(epochs=60, learning_rate=0.05)


def rows(**options):
    features, labels = clouds(**options)
    return features, np.array([{"a": 1, "b": 3, "c": 4}[label] for label in labels], float)


@pytest.fixture(scope="module")
def fitted():
    return fit_head(rows(), rows(seed=1), n_classes=6, settings=QUICK)


def test_classes_without_images_have_probability_zero(fitted):
    features, class_indices = rows(seed=2)
    probabilities = fitted.predict_proba(features)
    assert probabilities.shape == (60, 6)
    assert not probabilities[:, [0, 2, 5]].any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(fitted.predict(features), class_indices)
    assert fitted.history.epochs[fitted.history.kept].val_accuracy == 1.0


def test_missing_features_count_as_their_column_s_mean():
    features, class_indices = rows()
    features[::7, 0] = np.nan
    features[:, 5] = np.nan
    mean = np.nanmean(features[:, 0])
    head = fit_head((features, class_indices), n_classes=6, settings=QUICK)
    assert features[7, 0] == pytest.approx(mean)
    assert not features[:, 5].any()
    new = rows(seed=2)[0]
    new[0, 0] = np.nan
    filled = new.copy()
    filled[0, 0] = mean
    np.testing.assert_allclose(head.predict_proba(new), head.predict_proba(filled), atol=1e-6)
    assert np.isnan(new[0, 0])


def test_pickle_holds_arrays_and_little_else(fitted):
    wide = fit_head(clouds_of(500), n_classes=3, settings=HeadSettings(epochs=1, hidden=100))
    n_bytes = 4 * (wide.n_weights + 3 * 500)  # weights; mean, spread and filling of each feature
    assert n_bytes < len(pickle.dumps(wide)) < n_bytes + 2000
    again = pickle.loads(pickle.dumps(fitted))
    features = rows(seed=2)[0]
    np.testing.assert_array_equal(again.predict_proba(features), fitted.predict_proba(features))
    assert again.history == fitted.history
    assert again.get_params() == fitted.get_params()
    assert again.get_params()["epochs"] == 60
    assert again.n_weights == fitted.n_weights == 6 * 3 + 3


def clouds_of(n_features):
    features, labels = clouds(n_each=4, n_features=n_features)
    return features, np.array(["abc".index(label) for label in labels], float)


def test_predictions_need_neither_keras_nor_tensorflow(fitted, tmp_path):
    features = rows(seed=2)[0]
    features[0, 0] = np.nan
    np.save(tmp_path / "features.npy", features)
    (tmp_path / "head.pkl").write_bytes(pickle.dumps(fitted))
    code = (
        "import pickle, sys, numpy as np\n"
        "head = pickle.load(open('head.pkl', 'rb'))\n"
        "np.save('found.npy', head.predict_proba(np.load('features.npy')))\n"
        "print(sorted({'keras', 'tensorflow', 'openvino'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
    np.testing.assert_array_equal(np.load(tmp_path / "found.npy"), fitted.predict_proba(features))


def test_numbers_are_predicted_one_a_row():
    features, numbers = slope()
    head = fit_head((features, np.array(numbers)), settings=HeadSettings(epochs=100, learning_rate=0.05, l2=0))
    np.testing.assert_allclose(head.predict(features), numbers, atol=0.3)
