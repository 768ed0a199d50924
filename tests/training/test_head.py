"""Heads learn classes and numbers, reproducibly, and do not change the settings of Keras."""

import random
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from orangecontrib.transferlearning.backbones import libraries as kerasprocess
from orangecontrib.transferlearning.errors import Cancelled, SettingError, TrainingError, TransferLearningError
from orangecontrib.transferlearning.training.head import predict_head, train_head
from orangecontrib.transferlearning.training.head_settings import HeadSettings

from ..samples_training import clouds, slope

QUICK = HeadSettings(epochs=60, learning_rate=0.05)


def rows(n_each=20, **options):
    features, labels = clouds(n_each=n_each, **options)
    return features, np.array(["abc".index(label) for label in labels], float)


@pytest.fixture(scope="module")
def trained():
    return train_head(rows(), rows(seed=1), n_classes=3, settings=QUICK)


def test_classes_are_learned_with_probabilities(trained):
    model, history = trained
    features, class_indices = rows(seed=2)
    probabilities = predict_head(model, features)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), class_indices)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert history.epochs[history.kept].val_accuracy == 1.0
    assert history.epochs[-1].loss < history.epochs[0].loss


@pytest.mark.parametrize("unit", [1, 1e4, 1e-9])
@pytest.mark.parametrize("hidden", [0, 16])
@pytest.mark.parametrize("is_target", [False, True])
def test_arrays_predict_what_keras_does(is_target, hidden, unit):
    chance = np.random.default_rng(0)
    features = (unit * chance.gamma(0.5, size=(300, 200))).astype(np.float32)
    truth = features[:, :3].sum(axis=1) if is_target else features[:, :3].argmax(axis=1)
    settings = HeadSettings(epochs=3, hidden=hidden, dropout=0.2, learning_rate=0.02)
    model, _ = train_head((features, truth.astype(float)), n_classes=0 if is_target else 3, settings=settings)
    expected = model.predict_on_batch(features)
    found = predict_head(model, features)
    assert (found.dtype, found.shape) == (np.float32, (300, 1 if is_target else 3))
    size = np.abs(expected).max()
    np.testing.assert_allclose(found / size, expected / size, rtol=0, atol=1e-6)
    assert expected.std(axis=0).min() > 1e-5 * size


def test_same_seed_gives_the_same_head_and_another_seed_another(trained):
    features, class_indices = rows(seed=2)
    again = train_head(rows(), rows(seed=1), n_classes=3, settings=QUICK)
    assert again[1] == trained[1]
    np.testing.assert_array_equal(predict_head(again[0], features), predict_head(trained[0], features))
    other, _ = train_head(rows(), n_classes=3, settings=HeadSettings(epochs=60, learning_rate=0.05, seed=1))
    assert np.abs(predict_head(other, features) - predict_head(trained[0], features)).max() > 1e-4


def test_dropout_and_hidden_layer_are_seeded_too():
    settings = HeadSettings(hidden=8, dropout=0.5, epochs=3, seed=3)
    one, other = (train_head(rows(), n_classes=3, settings=settings) for _ in range(2))
    assert one[1] == other[1]
    assert [layer.name for layer in one[0].layers] == ["features", "standardize", "hidden", "dropout", "classes"]
    assert one[0].get_layer("hidden").units == 8


def test_seeds_of_others_are_left_alone():
    random.seed(5), np.random.seed(5), keras.utils.set_random_seed(5)
    expected = random.random(), np.random.random(), float(tf.random.uniform(()))
    keras.utils.set_random_seed(5)
    train_head(rows(n_each=4), n_classes=3, settings=HeadSettings(hidden=2, dropout=0.5, epochs=2))
    assert (random.random(), np.random.random(), float(tf.random.uniform(()))) == expected


def test_features_of_any_unit_are_learned_and_need_nothing_else():
    features, class_indices = rows()
    units = np.float32(1e5)
    model, _ = train_head((features * units, class_indices), n_classes=3, settings=QUICK)
    np.testing.assert_array_equal(predict_head(model, rows(seed=2)[0] * units).argmax(axis=1), class_indices)


def test_feature_that_is_constant_in_training_does_not_outweigh_the_others():
    features, class_indices = rows()
    features[:, 5] = 0
    model, _ = train_head((features, class_indices), n_classes=3, settings=QUICK)
    new = rows(seed=2)[0]
    new[:, 5] = 0.5
    np.testing.assert_array_equal(predict_head(model, new).argmax(axis=1), class_indices)


def test_early_stopping_restores_the_epoch_with_the_lowest_validation_loss():
    features, class_indices = rows(n_each=10, noise=4.0)
    validation = rows(n_each=10, noise=4.0, seed=1)
    settings = HeadSettings(hidden=32, epochs=200, batch_size=7, learning_rate=0.02, patience=3, l2=0)
    model, history = train_head((features, class_indices), validation, n_classes=3, settings=settings)
    losses = [epoch.val_loss for epoch in history.epochs]
    assert history.kept == int(np.argmin(losses))
    assert len(losses) == history.kept + 4 < 200
    right = predict_head(model, validation[0])[np.arange(30), validation[1].astype(int)]
    assert -np.log(right).mean() == pytest.approx(min(losses), rel=1e-4)


def test_highest_accuracy_is_kept_if_it_is_asked_for():
    validation = rows(n_each=10, noise=4.0, seed=1)
    settings = HeadSettings(hidden=32, epochs=60, learning_rate=0.02, patience=60, l2=0)
    train = rows(n_each=10, noise=4.0)
    accuracies = {}
    for best_by in ("loss", "accuracy"):
        model, history = train_head(train, validation, n_classes=3, settings=replace(settings, best_by=best_by))
        decided = predict_head(model, validation[0]).argmax(axis=1)
        accuracies[best_by] = (decided == validation[1]).mean()
        assert accuracies[best_by] == pytest.approx(history.kept_epoch.val_accuracy)
    assert accuracies["accuracy"] == pytest.approx(max(epoch.val_accuracy for epoch in history.epochs))
    assert accuracies["accuracy"] > accuracies["loss"]


def test_training_ends_when_asked_with_the_best_head_so_far():
    validation = rows(n_each=10, noise=4.0, seed=1)
    settings = HeadSettings(hidden=32, epochs=200, learning_rate=0.05, patience=200, l2=0)
    told = []

    def tell(epoch):
        told.append(epoch)
        return len(told) > 20

    model, history = train_head(rows(noise=4.0), validation, n_classes=3, settings=settings, tell=tell)
    losses = [epoch.val_loss for epoch in told]
    assert history.epochs == tuple(told)
    assert history.kept == losses.index(min(losses)) < len(losses) - 1 == 20
    right = predict_head(model, validation[0])[np.arange(30), validation[1].astype(int)]
    assert -np.log(right).mean() == pytest.approx(min(losses), rel=1e-4)


def test_without_validation_all_epochs_are_trained():
    told = []
    _, history = train_head(rows(n_each=4), n_classes=3, settings=HeadSettings(epochs=4, patience=1), tell=told.append)
    assert told == list(history.epochs)
    assert len(history.epochs) == 4
    assert history.kept == 3
    assert history.epochs[0].val_loss is None


def test_numbers_are_learned_in_their_own_unit():
    features, numbers = slope()
    numbers = 1000 * np.array(numbers) + 5e5
    settings = HeadSettings(epochs=100, learning_rate=0.05, l2=0)
    model, history = train_head((features, numbers), settings=settings)
    predicted = predict_head(model, features)
    assert predicted.shape == (80, 1)
    np.testing.assert_allclose(predicted[:, 0], numbers, atol=0.1 * numbers.std())
    assert history.epochs[0].accuracy is None
    assert history.epochs[-1].loss < 0.01


def test_balanced_classes_weigh_the_same():
    features, class_indices = rows(noise=3.0)
    few = np.r_[np.arange(20), 20:23, 40:60]
    found = []
    for balanced in (False, True):
        settings = HeadSettings(epochs=40, learning_rate=0.02, l2=0.01, balanced=balanced)
        model, _ = train_head((features[few], class_indices[few]), n_classes=3, settings=settings)
        found.append((predict_head(model, rows(n_each=50, noise=3.0, seed=4)[0]).argmax(axis=1) == 1).sum())
    assert found[1] > found[0] + 5


def test_training_reports_its_progress_and_can_be_cancelled():
    told = []

    def tell(fraction):
        told.append(fraction)
        if fraction >= 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        train_head(rows(), n_classes=3, settings=HeadSettings(epochs=4, batch_size=30), callback=tell)
    assert told == pytest.approx([1 / 8, 2 / 8, 3 / 8, 4 / 8])


def test_training_that_is_not_possible_is_refused(monkeypatch):
    features, class_indices = rows()
    with pytest.raises(TrainingError, match="no images to train on"):
        train_head((features[:0], class_indices[:0]), n_classes=3)
    with pytest.raises(TrainingError, match="smaller learning rate"):
        train_head(slope()[:1] + (np.array(slope()[1]),), settings=HeadSettings(epochs=40, learning_rate=1e30))
    monkeypatch.setattr(tf, "executing_eagerly", lambda: False)
    with pytest.raises(TransferLearningError, match="eager mode off"):
        train_head((features, class_indices), n_classes=3)
    monkeypatch.setattr(kerasprocess, "check_backend", lambda: "openvino")
    with pytest.raises(SettingError, match="openvino, which cannot train"):
        train_head((features, class_indices), n_classes=3)


def test_no_rows_give_no_predictions(trained):
    assert predict_head(trained[0], np.empty((0, 6))).shape == (0, 3)
