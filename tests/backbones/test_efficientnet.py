"""EfficientNetB0-B7 have one layer more with ImageNet's weights, wherever these come from."""

import keras
import numpy as np
import pytest

from orangecontrib.transferlearning.backbones.efficientnet import SCALING
from orangecontrib.transferlearning.backbones.layers import set_weights
from orangecontrib.transferlearning.backbones.network import build_network
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.errors import SettingError

MEAN, VARIANCE = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])


@pytest.fixture(scope="module")
def weights_files(tmp_path_factory):
    """Files of a network with ImageNet's statistics, and of one that was never trained on ImageNet."""
    folder = tmp_path_factory.mktemp("weights")
    donor = keras.applications.EfficientNetB0(weights=None, include_top=False)
    donor.save_weights(folder / "scratch.weights.h5")
    values = donor.get_weights()
    set_weights(donor, [MEAN, VARIANCE, *values[2:]])
    donor.save_weights(folder / "imagenet.weights.h5")
    return folder


def normalize(x):
    return (x - MEAN) / np.sqrt(VARIANCE) / np.sqrt([0.229, 0.224, 0.225])


@pytest.mark.parametrize(
    "file, normalize, size",
    [
        ("imagenet", normalize, (64, 97)),
        ("imagenet", normalize, "own"),
        ("scratch", lambda x: x, (64, 97)),
        pytest.param("imagenet", normalize, None, marks=pytest.mark.thorough),
        pytest.param("scratch", lambda x: x, "own", marks=pytest.mark.thorough),
    ],
)
def test_pixels_are_normalized_as_the_weights_were_trained(weights_files, file, normalize, size):
    path = weights_files / f"{file}.weights.h5"
    build = {"backbone": BACKBONES["EfficientNetB0"], "weights": path, "image_size": size, "pooling": "none"}
    pixels = np.random.default_rng(0).integers(0, 256, (1, *(size if isinstance(size, tuple) else (224, 224)), 3))
    maps = build_network(layer="stem_conv_pad", **build).model(pixels.astype(np.uint8))
    inner = np.asarray(maps)[:, -5:-1, -5:-1]
    expected = normalize(pixels / np.float32(255))[:, -4:, -4:]
    np.testing.assert_allclose(inner, expected, rtol=1e-5, atol=1e-6)


def test_scaling_can_be_chosen_where_it_is(weights_files):
    build = {"backbone": BACKBONES["EfficientNetB0"], "image_size": (64, 64), "layer": SCALING}
    assert build_network(weights=weights_files / "imagenet.weights.h5", **build).n_features == 3
    for weights in (weights_files / "scratch.weights.h5", None):
        with pytest.raises(SettingError, match="has no layer 'rescaling_1'"):
            build_network(weights=weights, **build)


def test_statistics_that_are_set_are_computed_with():
    inner = keras.Sequential([keras.Input((2, 2, 3)), keras.layers.Normalization()])
    outer = keras.Sequential([keras.Input((2, 2, 3)), inner])
    set_weights(outer, [MEAN, VARIANCE, np.int32(0)])
    pixels = np.ones((1, 2, 2, 3), np.float32)
    np.testing.assert_allclose(outer(pixels)[0, 0, 0], (1 - MEAN) / np.sqrt(VARIANCE), rtol=1e-6)
