"""The layers that a walk through a Keras model shows."""

import keras
import pytest
from keras import layers

from orangecontrib.transferlearning.backbones.layers import main_layers
from orangecontrib.transferlearning.backbones.squeezenet import SqueezeNet
from orangecontrib.transferlearning.errors import SettingError


def blocks(n_blocks):
    """Return a model of blocks: convolution, normalization, activation, and a sum around them."""
    x = images = layers.Input((16, 16, 3))
    for i in range(n_blocks):
        y = layers.ZeroPadding2D(name=f"pad{i}")(x)
        y = layers.Conv2D(3, 3, name=f"conv{i}")(y)
        y = layers.BatchNormalization(name=f"norm{i}")(y)
        y = layers.ReLU(name=f"relu{i}")(y)
        x = layers.Add(name=f"sum{i}")([x, y])
    return keras.Model(images, layers.Dense(2, name="end")(layers.Flatten(name="flat")(x)))


def test_walk_goes_along_the_trunk():
    assert main_layers(blocks(9)) == [f"sum{i}" for i in range(9)]


def test_walk_through_squeezenet_goes_from_the_first_layer_to_the_last_map():
    names = main_layers(SqueezeNet(weights=None, include_top=True))
    assert names[:4] == ["conv1", "maxpool1", "fire2_squeeze1x1", "fire2"]
    assert names[-1] == "conv10"
    assert "fire2_expand1x1" not in names


def test_long_walk_is_thinned_and_ends_at_the_last_map():
    names = main_layers(blocks(9), 4)
    assert names == ["sum1", "sum3", "sum6", "sum8"]


def test_short_network_is_shown_with_all_its_maps():
    assert main_layers(blocks(1)) == ["pad0", "conv0", "norm0", "relu0", "sum0"]


def test_sequential_model_is_walked_as_well():
    model = keras.Sequential([layers.Input((9, 9, 3)), *(layers.Conv2D(2, 1, name=f"c{i}") for i in range(9))])
    assert main_layers(model) == [f"c{i}" for i in range(9)]


def test_network_without_maps_cannot_be_walked():
    model = keras.Sequential([layers.Input((3,)), layers.Dense(2)])
    with pytest.raises(SettingError, match="No layer of this network gives maps"):
        main_layers(model)
