"""Predicted classes of images: the same as those of Keras, with batches, threads and cache."""

import keras
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from orangecontrib.transferlearning import predict_classes
from orangecontrib.transferlearning.backbones import squeezenet
from orangecontrib.transferlearning.backbones.imagenet import imagenet_classes
from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.embedding.imagenet_predictions import classes_layer, stream_imagenet_classes
from orangecontrib.transferlearning.embedding.predictions import Prediction, rank
from orangecontrib.transferlearning.errors import ImageReadError, SettingError, UnknownBackboneError
from orangecontrib.transferlearning.records import Skipped

from ..conftest import solid


def known(predictions):
    """Return the WordNet ids and the probabilities, image by image."""
    ids = [[each.wordnet_id for each in prediction.classes] for prediction in predictions]
    return ids, np.array([[each.probability for each in prediction.classes] for prediction in predictions])


def of_keras(probabilities, top):
    best = np.argsort(-probabilities, axis=1)[:, :top]
    ids = [[imagenet_classes()[i].wordnet_id for i in row] for row in best]
    return ids, np.take_along_axis(probabilities, best, axis=1)


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(3).integers(0, 256, (3, 64, 96, 3)).astype(np.uint8)


def test_probabilities_of_mobilenet_are_those_of_keras_predict(pixels, tmp_path):
    model = keras.applications.MobileNet(weights=None, input_shape=(64, 96, 3))
    # Random weights give all classes nearly the same probability: larger ones make them differ.
    kernel, bias = model.get_layer("conv_preds").get_weights()
    model.get_layer("conv_preds").set_weights([30 * kernel, bias])
    model.save_weights(tmp_path / "w.weights.h5")
    prepared = keras.applications.mobilenet.preprocess_input(pixels.astype(np.float32))
    expected_ids, expected = of_keras(model.predict(prepared, verbose=0), 4)
    settings = {"weights": tmp_path / "w.weights.h5", "image_size": (64, 96), "engine": "tensorflow"}
    predictions = predict_classes(list(pixels), "mobilenet", 4, **settings)
    ids, probabilities = known(predictions)
    assert [prediction.key for prediction in predictions] == ["0", "1", "2"]
    assert ids == expected_ids
    np.testing.assert_allclose(probabilities, expected, rtol=1e-3)


def test_probabilities_of_squeezenet_are_those_of_keras_predict(pixels):
    images = [np.array(Image.fromarray(each).resize((224, 224))) for each in pixels]
    bgr = np.array(squeezenet.preprocess_input(np.stack(images).astype(np.float32)))
    expected_ids, expected = of_keras(squeezenet.SqueezeNet().predict(bgr, verbose=0), 5)
    ids, probabilities = known(predict_classes(images))
    assert ids == expected_ids
    np.testing.assert_allclose(probabilities, expected, rtol=1e-3)


@pytest.mark.parametrize("name, title, wordnet_id", [
    ("flower.jpg", "brain coral", "n01917289"), ("china.jpg", "bell cote", "n02825657"),
])  # fmt: skip
def test_squeezenet_names_what_real_photographs_look_like(name, title, wordnet_id):
    (prediction,) = predict_classes([load_sample_image(name)], top=1)
    assert [(each.name, each.wordnet_id) for each in prediction.classes] == [(title, wordnet_id)]
    assert prediction.classes[0].probability > 0.25


def test_predictions_go_through_batches_skip_and_are_cached(photos, tmp_path):
    cache = FeatureCache(tmp_path / "features.sqlite")
    embedder = Embedder("SqueezeNet", layer="predictions", batch_size=2, cache=cache)
    fractions = []
    answers = list(stream_imagenet_classes(embedder, photos, 3, fractions.append))
    predictions = [answer for answer in answers if isinstance(answer, Prediction)]
    (skipped,) = [answer for answer in answers if isinstance(answer, Skipped)]
    assert [prediction.key for prediction in predictions] == ["a/1.png", "a/2.png", "b/1.png", "b/3.png"]
    assert skipped.key == "b/2.png"
    assert "not an image" in skipped.reason
    assert fractions[-1] == 1
    assert {len(prediction.classes) for prediction in predictions} == {3}
    again = list(stream_imagenet_classes(Embedder("SqueezeNet", layer="predictions", cache=cache), photos, 3))
    assert [answer for answer in again if answer in predictions] == predictions


def test_image_that_cannot_be_read_is_an_error_that_names_it(photos):
    with pytest.raises(ImageReadError, match="b/2.png: .*not an image"):
        predict_classes(photos)


def test_saved_model_is_read_at_its_last_layer_whatever_its_name(pixels, tmp_path):
    inputs = keras.Input((64, 96, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(8, 5, strides=4, activation="relu")(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1000, "softmax", name="mine")(x))
    model.save(tmp_path / "m.keras")
    assert classes_layer("MobileNet", tmp_path / "m.keras") == "mine"
    predictions = predict_classes(list(pixels), "MobileNet", weights=tmp_path / "m.keras", engine="tensorflow")
    prepared = keras.applications.mobilenet.preprocess_input(pixels.astype(np.float32))
    expected_ids, expected = of_keras(model.predict(prepared, verbose=0), 5)
    ids, probabilities = known(predictions)
    assert ids == expected_ids
    np.testing.assert_allclose(probabilities, expected, rtol=1e-3)


@pytest.mark.parametrize("units, activation, words", [
    (3, "softmax", "ImageNet has 1000 classes, but the layer end gives 3 numbers"),
    (1000, None, "end gives scores, not probabilities"),
])  # fmt: skip
def test_saved_model_of_other_classes_or_of_scores_is_refused(tmp_path, units, activation, words):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Flatten()(inputs)
    keras.Model(inputs, keras.layers.Dense(units, activation, name="end")(x)).save(tmp_path / "m.keras")
    with pytest.raises(SettingError, match=words):
        predict_classes([solid(90)], "MobileNet", weights=tmp_path / "m.keras", engine="tensorflow")


def test_unknown_backbone_is_refused():
    with pytest.raises(UnknownBackboneError, match="did you mean MobileNet"):
        predict_classes([solid(0)], "MobilNet")


def test_classes_are_ranked_with_ties_in_their_order_and_no_more_than_there_are():
    ranked = rank(np.array([0.1, 0.4, 0.1, 0.4], np.float32), list("abcd"), [""] * 4, 9)
    assert [(each.name, each.probability) for each in ranked] == [("b", 0.4), ("d", 0.4), ("a", 0.1), ("c", 0.1)]
