"""Models of ours take images, features, or nothing; what they refuse, they explain."""

import copy

import numpy as np
import pytest
from Orange.base import Model
from Orange.classification import LogisticRegressionLearner
from Orange.data import ContinuousVariable, Domain, Table
from Orange.data.table import DomainTransformationError
from Orange.evaluation import CrossValidation

from orangecontrib.transferlearning import BottleneckNetworkLearner, Embedder, embed_table
from orangecontrib.transferlearning.orange.model_input import FeaturePreprocessor
from orangecontrib.transferlearning.orange.models import make_model
from orangecontrib.transferlearning.training.training import train

from ..samples_tables import image_table, without_class


@pytest.fixture
def embedder(fake_network):
    return Embedder("SqueezeNet")


@pytest.fixture(params=["train", "network"])
def model(request, embedder, tmp_path):
    """Of `orange-transfer train`, which knows no column; and of our learner, on a table with the column "image"."""
    embedded, _ = embed_table(image_table(tmp_path / "training"), embedder)
    if request.param == "network":
        return BottleneckNetworkLearner(epochs=5)(embedded)
    labels = [("dark", "light")[int(value)] for value in embedded.Y]
    names = [variable.name for variable in embedded.domain.attributes]
    training = train(embedded.X.astype(np.float32), labels, n_folds=2)
    return make_model(training, "kind", names, embedder.fingerprint, "imagenet")


@pytest.fixture
def new(tmp_path):
    return image_table(tmp_path / "new", n=6, shift=11)


def test_raw_images_are_as_good_as_embedded_ones(model, new, embedder, fake_network):
    expected = model(embed_table(new, embedder)[0], Model.Probs)
    fake_network.engine.calls.clear()
    np.testing.assert_allclose(model(without_class(new.copy()), Model.Probs), expected)
    assert fake_network.engine.calls == [6]


def test_other_features_do_not_disturb_where_there_are_images(model, new, embedder):
    expected = model(embed_table(new, embedder)[0])
    np.testing.assert_array_equal(model(embed_table(new, Embedder("SqueezeNet", pooling="max"))[0]), expected)


def test_other_features_without_images_are_refused(model, new):
    other, _ = embed_table(new, Embedder("SqueezeNet", pooling="max"))
    other = other.transform(Domain(other.domain.attributes, other.domain.class_vars))
    with pytest.raises(DomainTransformationError, match=r"for other features: expected .*pooling=avg.*pooling=max"):
        model(other)


def test_renamed_column_is_taken_where_it_is_the_only_one(model, embedder, tmp_path):
    other = image_table(tmp_path / "other", n=6, shift=11, column="photo")
    np.testing.assert_array_equal(model(other), model(embed_table(other, embedder)[0]))
    other.domain["photo"].attributes.pop("type")
    with pytest.raises(DomainTransformationError, match=r"nor images: expected .*text columns are: note, photo"):
        model(other)


@pytest.mark.parametrize("numeric", [False, True])
def test_table_of_something_else_is_refused(model, tmp_path, numeric):
    with pytest.raises(DomainTransformationError, match="neither the model's features nor images"):
        model(Table("iris")[:, :4] if numeric else Table("zoo")[:, "name"])


def test_image_that_cannot_be_read_is_named(model, new, tmp_path):
    (tmp_path / "new" / "2.png").unlink()
    with pytest.raises(DomainTransformationError, match=r"1 of 6 images cannot be read: 2.png: no such file\. Leave"):
        model(new)
    with new.unlocked(new.metas):
        new.metas[1, 1] = ""
    with pytest.raises(DomainTransformationError, match="2 of 6 images cannot be read: no image is named"):
        model(new)
    assert len(model(new[3:])) == 3


def test_features_of_which_nobody_said_anything_are_taken_by_name(model, new, embedder):
    embedded, _ = embed_table(new, embedder)
    plain = Domain([ContinuousVariable(v.name) for v in embedded.domain.attributes], embedded.domain.class_vars)
    silent = Table.from_numpy(plain, embedded.X, embedded.Y)
    np.testing.assert_array_equal(model(silent), model(embedded))


def test_model_of_whole_maps_takes_raw_images(fake_network, new, tmp_path):
    embedder = Embedder("SqueezeNet", pooling="none")
    locations = [str(tmp_path / "new" / f"{i}.png") for i in range(6)] * 4
    maps = embedder.transform(locations).features.reshape(24, -1)
    labels = ["dark", "light"] * 12
    names = [f"n{i}" for i in range(maps.shape[1])]
    model = make_model(train(maps.copy(), labels, n_folds=2), "kind", names, embedder.fingerprint, "imagenet")
    np.testing.assert_array_equal(model(new), model.skl_model.predict(maps[:6]))


@pytest.fixture
def images(tmp_path):
    return image_table(tmp_path / "images", 20)


@pytest.fixture
def mean(images, fake_network):
    return embed_table(images, Embedder("SqueezeNet"))[0]


@pytest.fixture
def maximum(images, fake_network):
    return embed_table(images, Embedder("SqueezeNet", pooling="max"))[0]


def test_other_features_are_replaced_from_the_images(mean, maximum, fake_network):
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


def test_table_without_images_is_refused(mean, maximum):
    bare = mean.transform(Domain(mean.domain.attributes, mean.domain.class_vars))
    with pytest.raises(DomainTransformationError, match="for other features|neither the model's features nor images"):
        FeaturePreprocessor(maximum.domain.attributes)(bare)
