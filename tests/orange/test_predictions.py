"""Images straight to what a trained model says."""

from dataclasses import replace

import numpy as np
import pytest
from Orange.classification import LogisticRegressionLearner
from Orange.data import Domain, Table
from Orange.regression import LinearRegressionLearner

from orangecontrib.transferlearning import Embedder, classify_images, to_table
from orangecontrib.transferlearning.embedding.fingerprint import feature_prefix
from orangecontrib.transferlearning.errors import ImageReadError, ModelError
from orangecontrib.transferlearning.orange.model_files import embedder_for
from orangecontrib.transferlearning.orange.predictions import stream_classes
from orangecontrib.transferlearning.records import Skipped

from ..conftest import solid
from ..samples_models import paint, train_in_orange, without_fingerprint

pytestmark = pytest.mark.usefixtures("fake_network")


@pytest.fixture
def model(tmp_path):
    return train_in_orange(paint(tmp_path / "images"))


def test_probabilities_are_those_of_orange_on_the_same_features(model):
    images = [solid((200, 40, 40)), solid((40, 40, 150)), solid((90, 60, 90))]
    table = to_table(Embedder("SqueezeNet").transform(images))
    expected = model(table, model.Probs)
    predictions = classify_images(model, images, embedder=Embedder("SqueezeNet", batch_size=2))
    assert [prediction.classes[0].name for prediction in predictions[:2]] == ["red", "blue"]
    for prediction, row in zip(predictions, expected, strict=True):
        found = {each.name: each.probability for each in prediction.classes}
        np.testing.assert_allclose([found["blue"], found["red"]], row, rtol=1e-6)
        assert {each.wordnet_id for each in prediction.classes} == {""}


def test_model_of_some_of_the_features_takes_them_by_name(tmp_path):
    table = to_table(Embedder("SqueezeNet").transform(paint(tmp_path / "images")))
    domain = Domain([table.domain["n2"], table.domain["n0"]], table.domain.class_var)
    model = LinearRegressionLearner()(
        Table.from_numpy(Domain(domain.attributes, table.domain["n3"]), table.X[:, [2, 0]], table.X[:, 3])
    )
    for prediction in classify_images(model, [solid((200, 40, 40)), solid((40, 40, 160))]):
        assert prediction.classes == ()
        assert prediction.number == pytest.approx({"0": 200, "1": 40}[prediction.key], abs=0.01)


def test_model_of_features_with_a_prefix_gives_the_same_as_without(tmp_path):
    source = paint(tmp_path / "images")
    embeddings = Embedder("SqueezeNet").transform(source)
    plain, prefixed = to_table(embeddings), to_table(embeddings)
    names = [f"{feature_prefix(embeddings.fingerprint)} {each.name}" for each in plain.domain.attributes]
    variables = [each.copy(name=name) for each, name in zip(plain.domain.attributes, names, strict=True)]
    prefixed = Table.from_numpy(Domain(variables, plain.domain.class_var), plain.X, plain.Y)
    images = [solid((200, 40, 40)), solid((40, 40, 160))]
    one, other = (classify_images(LogisticRegressionLearner()(table), images) for table in (plain, prefixed))
    assert names[0] == "SqueezeNet mean n0"
    assert one == other


def test_model_without_fingerprint_gets_the_features_in_order(model):
    silent = without_fingerprint(model)
    image = solid((200, 40, 40))
    (one,) = classify_images(model, [image])
    (other,) = classify_images(silent, [image], embedder=Embedder("SqueezeNet"))
    assert one == other


def test_images_come_out_once_and_those_unreadable_with_the_reason(model, photos):
    answers = list(stream_classes(model, embedder_for(model, batch_size=2), photos, top=1))
    assert sorted(answer.key for answer in answers) == ["a/1.png", "a/2.png", "b/1.png", "b/2.png", "b/3.png"]
    (skipped,) = [answer for answer in answers if isinstance(answer, Skipped)]
    assert skipped.key == "b/2.png"
    assert {len(answer.classes) for answer in answers if answer is not skipped} == {1}
    with pytest.raises(ImageReadError, match="b/2.png: "):
        classify_images(model, photos)


def test_embedder_of_other_features_is_refused(model):
    with pytest.raises(ModelError, match="pooling=avg, and these are of pooling=max"):
        classify_images(model, [solid(0)], embedder=Embedder("SqueezeNet", pooling="max"))


def test_maps_are_classified_as_the_rows_that_they_were_trained_on(tmp_path):
    folder = paint(tmp_path / "images")
    embedder = Embedder("SqueezeNet", pooling="none")
    embeddings = embedder.transform(folder)
    rows = replace(embeddings, features=embeddings.features.reshape(len(embeddings), -1))
    model = LogisticRegressionLearner()(to_table(rows))
    predictions = classify_images(model, [solid((200, 40, 40)), solid((40, 40, 150))])
    assert [prediction.classes[0].name for prediction in predictions] == ["red", "blue"]
