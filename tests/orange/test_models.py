"""Trained learners as Orange models."""

import pickle

import numpy as np
import pytest
from Orange.base import Model
from Orange.data import Table
from Orange.data.table import DomainTransformationError

from orangecontrib.transferlearning.orange.embed_table import to_table
from orangecontrib.transferlearning.orange.models import make_model
from orangecontrib.transferlearning.records import Embeddings
from orangecontrib.transferlearning.training.learners import CLASS_LEARNERS, TARGET_LEARNERS
from orangecontrib.transferlearning.training.training import train

from ..samples_training import clouds, slope

pytestmark = pytest.mark.usefixtures("few_trees")


def table_of(features, labels, fingerprint="one"):
    keys = [str(position) for position in range(len(features))]
    return to_table(Embeddings(keys, features, labels, fingerprint=fingerprint), "kind")


def names(n):
    return [f"n{i}" for i in range(n)]


@pytest.mark.parametrize("learner", CLASS_LEARNERS)
def test_model_predicts_on_a_table_what_the_estimator_predicts_on_its_numbers(learner):
    features, labels = clouds(noise=2.0)
    training = train(features.copy(), labels, learner)
    model = pickle.loads(pickle.dumps(make_model(training, "kind", names(6), "one")))
    table = table_of(features, labels)
    values, shares = model(table, Model.ValueProbs)
    np.testing.assert_array_equal(values, training.estimator.predict(table.X))
    if learner != "svm":
        np.testing.assert_allclose(shares, training.estimator.predict_proba(table.X))
    assert model.domain.class_var.values == ("a", "b", "c")
    assert model.name == training.learner.title


@pytest.mark.parametrize("learner", TARGET_LEARNERS)
def test_model_of_numbers(learner):
    features, numbers = slope()
    training = train(features.copy(), numbers, learner, is_target=True)
    model = make_model(training, "angle", names(5))
    assert model.domain.class_var.is_continuous
    expected = training.estimator.predict(features)
    np.testing.assert_allclose(model(table_of(features, [None] * 80)), expected, rtol=1e-5)


def test_classes_in_another_order_in_the_table_are_matched_by_name():
    features, labels = clouds()
    model = make_model(train(features.copy(), labels), "kind", names(6))
    table = table_of(features[20:], labels[20:])
    assert table.domain.class_var.values == ("b", "c")
    np.testing.assert_array_equal(model(table), table.Y)


def test_features_of_another_network_are_refused():
    features, labels = clouds()
    model = make_model(train(features.copy(), labels), "kind", names(6), "one")
    with pytest.raises(DomainTransformationError, match="for other features: expected one, found another"):
        model(table_of(features, labels, "another"))
    unknown = table_of(features, labels, "")
    np.testing.assert_array_equal(model(unknown), unknown.Y)


def test_nothing_of_the_training_rows_is_in_the_file():
    features, labels = clouds(n_each=400)
    model = make_model(train(features, labels), "kind", names(6))
    assert len(pickle.dumps(model)) < features.nbytes / 2
    assert not any(isinstance(value, Table | np.ndarray) for value in vars(model).values())
