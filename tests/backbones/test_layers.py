"""The layers of a Keras model: their names and outputs, also inside of other models, and those that a walk shows."""

import keras
import numpy as np
import pytest
from keras import layers

from orangecontrib.transferlearning.backbones.layers import (
    find_layer,
    layer_names,
    layer_outputs,
    main_layers,
    output_shape,
)
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


@pytest.fixture(scope="module")
def nested():
    """A model as guides to fine-tuning build it: augmentation and scaling, a base, a head; inside another one."""
    inputs = keras.Input((8, 10, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="conv1")(inputs)
    base = keras.Model(inputs, keras.layers.Conv2D(5, 3, name="conv2")(x), name="base")
    middle = keras.Sequential(
        [
            keras.Input((8, 10, 3)),
            keras.layers.RandomFlip(name="flip"),
            keras.layers.Rescaling(0.5, name="half"),
            base,
            keras.layers.GlobalMaxPooling2D(name="pool"),
        ],
        name="middle",
    )
    return keras.Sequential([keras.Input((8, 10, 3)), middle, keras.layers.Dense(2, name="end")])


def test_layers_of_models_inside_a_model_come_before_it(nested):
    inner = ["flip", "half", "base/conv1", "base/conv2", "base", "pool"]
    assert layer_names(nested) == (*(f"middle/{name}" for name in inner), "middle", "end")


def test_each_layer_of_models_inside_gives_what_it_gives_there(nested):
    pixels = np.random.default_rng(0).normal(size=(2, 8, 10, 3)).astype(np.float32)
    base = find_layer(nested, "middle/base")
    first = np.asarray(base.get_layer("conv1")(pixels / 2))
    maps = np.asarray(base(pixels / 2))
    expected = {
        "middle/flip": pixels,
        "middle/half": pixels / 2,
        "middle/base/conv1": first,
        "middle/base/conv2": maps,
        "middle/base": maps,
        "middle/pool": maps.max((1, 2)),
        "middle": maps.max((1, 2)),
        "end": np.asarray(nested(pixels, training=False)),
    }
    assert tuple(expected) == layer_names(nested)
    for names in [[name] for name in expected] + [list(expected)]:
        model, outputs = layer_outputs(nested, names)
        found = keras.Model(model.inputs, outputs)([pixels], training=False)
        for name, values in zip(names, found if len(names) > 1 else [found], strict=True):
            values = np.asarray(values[0] if isinstance(values, list) else values)
            np.testing.assert_allclose(values, expected[name], rtol=1e-5, atol=1e-5, err_msg=name)
            assert output_shape(find_layer(nested, name)) == expected[name].shape[1:], name


def test_walk_goes_through_the_model_inside_that_has_most_layers():
    base = blocks(9)
    model = keras.Sequential([keras.Input((16, 16, 3)), layers.Rescaling(0.5), base])
    assert main_layers(model, 4) == [f"{base.name}/{name}" for name in main_layers(base, 4)]


@pytest.fixture
def shared():
    """A network that uses a model and a layer for a picture and for its negative."""
    base = keras.Sequential(
        [layers.Input((8, 8, 3)), layers.Conv2D(2, 3, name="conv"), layers.Flatten(name="flat")], name="base"
    )
    dense = layers.Dense(3, name="dense")
    images = layers.Input((8, 8, 3))
    first, second = base(images), base(layers.Rescaling(-1.0, name="negative")(images))
    return keras.Model(images, layers.Concatenate(name="both")([dense(first), dense(second)]))


@pytest.mark.parametrize("name", ["base", "base/conv", "dense"])
def test_layer_that_is_used_twice_has_no_single_output(shared, name):
    outer = name.partition("/")[0]
    with pytest.raises(SettingError) as raised:
        layer_outputs(shared, [name])
    assert str(raised.value) == (
        f"The network uses its layer {outer} 2 times, with 2 outputs; choose a layer that joins these."
    )


def test_layers_around_shared_ones_have_the_outputs_of_the_network(shared):
    images = np.random.default_rng(0).random((2, 8, 8, 3), np.float32)
    model, outputs = layer_outputs(shared, ["negative", "both"])
    negative, both = keras.Model(model.inputs, outputs).predict(images, verbose=0)
    np.testing.assert_array_equal(negative, -images)
    np.testing.assert_array_equal(both, shared.predict(images, verbose=0))


def test_walk_leaves_out_layers_that_are_used_twice(shared):
    assert main_layers(shared) == ["negative"]
