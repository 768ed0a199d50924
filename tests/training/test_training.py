"""Learners are trained and tested on features."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from orangecontrib.transferlearning.errors import SettingError, TrainingError
from orangecontrib.transferlearning.training.learners import CLASS_LEARNERS, TARGET_LEARNERS
from orangecontrib.transferlearning.training.training import train

from ..samples_training import clouds, slope

pytestmark = pytest.mark.usefixtures("few_trees")


@pytest.mark.parametrize("learner", CLASS_LEARNERS)
def test_separable_classes_are_distinguished(learner):
    features, labels = clouds()
    training = train(features.copy(), labels, learner)
    assert training.classes == ("a", "b", "c")
    assert training.best.mean == 1
    assert (training.n_train, len(training.truth)) == (45, 15)
    assert accuracy_score(training.truth, training.predicted) == 1
    class_indices = [ord(label) - ord("a") for label in labels]
    assert training.estimator.predict(features).tolist() == class_indices


@pytest.mark.parametrize("learner", TARGET_LEARNERS)
def test_numbers_are_predicted(learner):
    features, numbers = slope(n=400, n_features=2)
    training = train(features.copy(), numbers, learner, is_target=True)
    assert training.is_target
    assert training.best.mean > 0.9
    if learner != "forest":
        np.testing.assert_allclose(training.estimator.predict(features), numbers, atol=0.02)
        np.testing.assert_allclose(training.estimator.coef_, [2, -1], atol=0.01)


@pytest.mark.parametrize("learner", ["logistic", "svm"])
def test_more_columns_than_rows(learner):
    features, labels = clouds(n_features=500, noise=0.05)
    training = train(features.copy(), labels, learner)
    assert training.best.mean == 1
    assert training.estimator.coef_.shape == (3, 500)
    class_indices = [ord(label) - ord("a") for label in labels]
    assert np.mean(training.estimator.predict(features) == class_indices) == 1


def test_best_value_is_the_one_that_cross_validates_best():
    features, labels = clouds(n_each=40, noise=2.5, n_features=40)
    training = train(features, labels, grid=(1e-6, 0.1, 1000))
    assert [candidate.value for candidate in training.candidates] == [1e-6, 0.1, 1000]
    assert training.best.value == 0.1
    assert training.best.mean == max(candidate.mean for candidate in training.candidates)


def test_same_seed_same_numbers_other_seed_other_rows():
    def numbers(seed):
        training = train(*clouds(noise=2.0), seed=seed)
        return [each.scores for each in training.candidates], training.predicted.tolist()

    assert numbers(5) == numbers(5) != numbers(6)


def test_test_rows_are_never_trained_on():
    features, labels = clouds(noise=0.1)
    chance = np.random.default_rng(0)
    training = train(features, chance.permutation(labels).tolist(), "forest")
    assert accuracy_score(training.truth, training.predicted) < 0.7


def test_rows_without_a_label_are_left_out():
    features, labels = clouds()
    labels[0] = labels[30] = None
    features[0] = 1e6
    training = train(features, labels)
    assert training.n_left_out == 2
    assert training.n_train + len(training.truth) == 58
    assert training.best.mean == 1


def test_features_are_not_copied():
    features, labels = clouds()
    before = features.copy()
    train(features, labels)
    assert not np.array_equal(features, before)


def test_features_that_are_not_finite_are_refused_by_their_row():
    features, labels = clouds()
    features[7, 2] = np.nan
    with pytest.raises(TrainingError, match="Row 8 has features that are not finite"):
        train(features, labels)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"test_size": 1.0}, "between 0 and 1, not 1"),
        ({"test_size": 0}, "not 0"),
        ({"n_folds": 1}, "has to be 2 or more, not 1"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(SettingError, match=message):
        train(*clouds(), **settings)


@pytest.mark.parametrize("n_labels", [59, 61])
def test_labels_that_are_not_one_a_row_are_refused(n_labels):
    features, labels = clouds()
    with pytest.raises(TrainingError, match=f"for each of 60 images, received {n_labels}"):
        train(features, [*labels, "a"][:n_labels])


@pytest.mark.parametrize("n_features", [6, 500])
@pytest.mark.parametrize("learner", CLASS_LEARNERS)
def test_features_that_are_the_same_for_all_are_refused(learner, n_features):
    labels = clouds()[1]
    with pytest.raises(TrainingError, match="All 45 images to train on have the same features"):
        train(np.full((60, n_features), 0.1, np.float32), labels, learner)
