"""A learner that is given one embedding's features reads these, whatever its table has."""

import copy

import numpy as np
import pytest
from Orange.classification import LogisticRegressionLearner
from Orange.data import Domain
from Orange.data.table import DomainTransformationError
from Orange.evaluation import CrossValidation

from orangecontrib.transferlearning import Embedder, embed_table
from orangecontrib.transferlearning.featurepreprocessor import FeaturePreprocessor

from .samples_tables import image_table


@pytest.fixture
def images(tmp_path):
    return image_table(tmp_path / "pictures", 20)


@pytest.fixture
def mean(images, fake_network):
    return embed_table(images, Embedder())[0]


@pytest.fixture
def maximum(images, fake_network):
    return embed_table(images, Embedder(pooling="max"))[0]


def test_other_features_are_replaced_from_the_pictures(mean, maximum, fake_network):
    fake_network.engine.calls.clear()
    table = FeaturePreprocessor(maximum.domain.attributes)(mean)
    assert table.domain.attributes == maximum.domain.attributes
    assert table.domain.attributes != mean.domain.attributes
    np.testing.assert_array_equal(table.X, maximum.X)
    np.testing.assert_array_equal(table.Y, mean.Y)
    assert table.domain.metas == mean.domain.metas
    assert sum(fake_network.engine.calls) <= 20


def test_features_that_are_there_are_taken(mean, fake_network):
    fake_network.engine.calls.clear()
    np.testing.assert_array_equal(FeaturePreprocessor(mean.domain.attributes)(mean[3:5]).X, mean.X[3:5])
    assert fake_network.engine.calls == []


def test_learners_compare_networks_on_one_table(mean, maximum):
    learner = LogisticRegressionLearner(preprocessors=FeaturePreprocessor(maximum.domain.attributes))
    (compared,) = CrossValidation(k=4)(mean, [copy.deepcopy(learner)]).probabilities
    (alone,) = CrossValidation(k=4)(maximum, [LogisticRegressionLearner()]).probabilities
    np.testing.assert_allclose(compared, alone, atol=1e-6)
    assert learner(mean).domain.attributes == maximum.domain.attributes


def test_table_without_pictures_is_refused(mean, maximum):
    bare = mean.transform(Domain(mean.domain.attributes, mean.domain.class_vars))
    with pytest.raises(DomainTransformationError, match="for other features|neither the model's features nor pictures"):
        FeaturePreprocessor(maximum.domain.attributes)(bare)
