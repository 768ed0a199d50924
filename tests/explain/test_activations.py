"""What several layers give for one image, against Keras by hand."""

import keras
import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning.backbones.layers import main_layers
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.backbones.squeezenet import SqueezeNet, preprocess_input
from orangecontrib.transferlearning.errors import SettingError
from orangecontrib.transferlearning.explain.activations import compute_layers, open_layers
from orangecontrib.transferlearning.images.reading import read_image
from orangecontrib.transferlearning.images.steps import read_steps

from ..samples import scene

SQUEEZENET, MOBILENET = BACKBONES["SqueezeNet"], BACKBONES["MobileNet"]


def by_hand(pixels, layer):
    model = SqueezeNet(input_shape=(*pixels.shape[:2], 3))
    cut = keras.Model(model.input, model.get_layer(layer).output)
    return np.asarray(cut(preprocess_input(pixels[None].astype(np.float32))))[0]


def assert_same(values, expected):
    np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@pytest.fixture(scope="module")
def image():
    return np.asarray(Image.fromarray(scene()).resize((200, 150)))


def test_layers_come_in_the_order_asked_for_and_equal_those_by_hand(image):
    computed = compute_layers(image, SQUEEZENET, ["fire9", "conv1", "fire9"])
    assert list(computed) == ["fire9", "conv1"]
    resized = read_image(image, (224, 224))
    for layer, values in computed.items():
        assert_same(values, by_hand(resized, layer))


def test_steps_and_own_size_come_before_the_network(image):
    computed = compute_layers(image, SQUEEZENET, image_size="own", steps=read_steps(["crop:0,0,0.5,1"]))
    assert_same(computed["fire9"], by_hand(image[:, :100], "fire9"))
    with pytest.raises(SettingError, match="20 x 200 pixels, and SqueezeNet 1.1 needs at least 29 x 29"):
        compute_layers(image[:20], SQUEEZENET, image_size="own")


def test_vectors_and_maps_come_from_one_network(image):
    computed = compute_layers(image, MOBILENET, ["conv_pw_1_relu", "predictions"], weights=None)
    assert {layer: values.shape for layer, values in computed.items()} == {
        "conv_pw_1_relu": (112, 112, 64),
        "predictions": (1000,),
    }
    assert computed["predictions"].sum() == pytest.approx(1, abs=1e-4)


def test_unknown_layer_is_refused_by_name(image):
    with pytest.raises(SettingError, match="SqueezeNet 1.1 has no layer 'fire99'.*fire9"):
        compute_layers(image, SQUEEZENET, ["fire9", "fire99"])


def test_saved_model_is_walked_and_layers_inside_a_network_of_it_are_reached(image, tmp_path):
    base = SqueezeNet(include_top=False, weights=None, input_shape=(64, 64, 3))
    inputs = keras.Input((64, 64, 3))
    keras.Model(inputs, keras.layers.Conv2D(2, 1, name="mine")(base(inputs))).save(tmp_path / "m.keras")
    walked = compute_layers(image, SQUEEZENET, None, weights=tmp_path / "m.keras")
    assert list(walked) == [*(f"squeezenet/{name}" for name in main_layers(base)), "mine"]
    again = compute_layers(image, SQUEEZENET, list(walked)[::-1], weights=tmp_path / "m.keras")
    for layer, values in walked.items():
        assert_same(again[layer], values)


def test_network_is_kept_for_other_images_and_layers_and_tells_its_shapes(image):
    network = open_layers(SQUEEZENET)
    assert network.image_size == (224, 224)
    shapes = network.shapes
    assert (list(shapes)[0], shapes["conv1"], shapes["fire9"]) == ("conv1", (112, 112, 64), (13, 13, 512))
    resized = read_image(image, (224, 224))
    for pixels, layer in ((resized, "maxpool1"), (resized[::-1].copy(), "maxpool1"), (resized, "fire9")):
        (values,) = network.compute(pixels, [layer]).values()
        assert_same(values, by_hand(pixels, layer))
    with pytest.raises(SettingError, match="20 x 224 pixels"):
        network.compute(resized[:20])
