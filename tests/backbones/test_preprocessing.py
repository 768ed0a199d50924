"""Preprocessing: own models are prepared once, whether they scale pixels themselves or not."""

import keras
import numpy as np
import pytest
from keras import layers

from orangecontrib.transferlearning.backbones.network import build_network
from orangecontrib.transferlearning.backbones.preprocessing import (
    READING_PIXELS,
    check_preprocessing,
    preprocess_function,
    scales_pixels,
)
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.embedding.fingerprint import read_fingerprint
from orangecontrib.transferlearning.errors import SettingError

APPLICATIONS = keras.applications
SIDES = (8, 10)


def end(x):
    return layers.Conv2D(4, 3, name="end")(x)


def model(scale):
    inputs = keras.Input((*SIDES, 3))
    return keras.Model(inputs, end(scale(inputs)))


def inside(scale):
    """A model whose first layer is a model that scales, after the layers of its augmentation."""
    inner = model(scale)
    return keras.Sequential([keras.Input((*SIDES, 3)), layers.RandomFlip(), inner, layers.Flatten(name="flat")])


SCALING = {
    "Rescaling": layers.Rescaling(1 / 255),
    "Normalization": layers.Normalization(mean=[1, 2, 3], variance=[4, 4, 4]),
    "mobilenet_v2": APPLICATIONS.mobilenet_v2.preprocess_input,
    "resnet": APPLICATIONS.resnet.preprocess_input,
    "densenet": APPLICATIONS.densenet.preprocess_input,
    "by hand": lambda x: x / 127.5 - 1,
    "multiplied": lambda x: x * (1 / 255),
}
RAW = {
    "nothing": lambda x: x,
    "padding": layers.ZeroPadding2D(),
    "augmentation": layers.RandomFlip(),
    "scaled later": lambda x: layers.Rescaling(2)(layers.Conv2D(3, 1)(x)),
    "branches": lambda x: layers.Add()([layers.Conv2D(3, 1)(x), layers.Conv2D(3, 1)(x)]),
}


@pytest.mark.parametrize("make", [model, inside])
@pytest.mark.parametrize("name", [*SCALING, *RAW])
def test_scaling_before_the_first_weights_is_found(name, make):
    assert scales_pixels(make((SCALING | RAW)[name])) == (name in SCALING)


@pytest.mark.parametrize("make", [model, inside])
@pytest.mark.parametrize("name", [*SCALING, *RAW])
def test_own_model_gets_pixels_as_they_are_only_if_it_scales_them(tmp_path, name, make):
    saved = make((SCALING | RAW)[name])
    saved.save(tmp_path / "own.keras")
    pixels = np.random.default_rng(0).integers(0, 256, (2, *SIDES, 3)).astype(np.uint8)
    layer = "end" if make is model else "flat"
    network = build_network(
        BACKBONES["MobileNet"], layer=layer, pooling="flatten", weights=tmp_path / "own.keras", image_size=None
    )
    prepared = pixels.astype(np.float32)
    if name in RAW:
        prepared = prepared / 127.5 - 1
    expected = np.asarray(saved(prepared, training=False)).reshape(2, -1)
    assert network.preprocessing == ("none" if name in SCALING else "MobileNet")
    np.testing.assert_allclose(network.model(pixels), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize(
    "choice, prepare",
    [
        ("none", lambda x: x),
        ("0-1", lambda x: x / 255),
        ("mobilenetv2", lambda x: x / 127.5 - 1),
        ("VGG16", lambda x: x[..., ::-1] - np.float32([103.939, 116.779, 123.68])),
        ("DenseNet121", lambda x: (x / 255 - np.float32([0.485, 0.456, 0.406])) / np.float32([0.229, 0.224, 0.225])),
        ("EfficientNetB0", lambda x: x),
    ],
)
def test_choice_holds_for_every_model_and_is_part_of_the_fingerprint(tmp_path, choice, prepare):
    saved = model(SCALING["Rescaling"])
    saved.save(tmp_path / "own.keras")
    pixels = np.random.default_rng(0).integers(0, 256, (2, *SIDES, 3)).astype(np.uint8)
    settings = {"layer": "end", "weights": tmp_path / "own.keras", "pooling": "max", "engine": "tensorflow"}
    embedder = Embedder("SqueezeNet", preprocessing=choice, **settings)
    features = embedder.transform(pixels).features
    expected = np.asarray(saved(prepare(pixels.astype(np.float32)))).max((1, 2))
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    name = check_preprocessing(choice)
    assert f"preprocessing={name} " in embedder.fingerprint
    assert read_fingerprint(embedder.fingerprint).settings()["preprocessing"] == name


def test_preprocessing_of_the_backbone_is_not_in_the_fingerprint(fake_network):
    assert "preprocessing" not in Embedder("MobileNet").fingerprint
    assert read_fingerprint(Embedder("MobileNet").fingerprint).settings()["preprocessing"] == "MobileNet"


@pytest.mark.parametrize("name", ["mean", "", "0-255", None])
def test_unknown_preprocessing_is_refused(name):
    with pytest.raises(SettingError, match="must be 'auto', 'none', '0-1' or the name of a network"):
        check_preprocessing(name)


@pytest.mark.parametrize("name", BACKBONES)
def test_networks_that_read_pixels_are_those_whose_preprocessing_changes_nothing(name):
    pixels = np.float32([[[[0, 100, 255]]]])
    changes = not np.array_equal(preprocess_function(name)(pixels.copy()), pixels)
    assert changes == (BACKBONES[name].module not in READING_PIXELS)
