"""The engine against what a Keras user computes by hand, for every network of the seeds and SqueezeNet."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from orangecontrib.transferlearning import squeezenet
from orangecontrib.transferlearning.backbones import BACKBONES
from orangecontrib.transferlearning.embedder import Embedder
from orangecontrib.transferlearning.engine import Engine
from orangecontrib.transferlearning.errors import TransferLearningError
from orangecontrib.transferlearning.networks import build_network

SMALL = {"VGG16": 64, "VGG19": 64, "ResNet50": 64, "MobileNet": 64, "Xception": 80, "InceptionV3": 80}
SMALL |= {"InceptionResNetV2": 80, "MobileNetV2": 64, "ConvNeXtTiny": 64}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Three JPEG files of smooth colours at sizes of their own."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(4)
    for number in range(3):
        rough = random.integers(0, 256, (5 + number, 7, 3)).astype(np.uint8)
        Image.fromarray(rough).resize((150, 100 + 9 * number), Image.Resampling.BICUBIC).save(
            folder / f"{number}.jpg", quality=95
        )
    return sorted(folder.iterdir())


def by_hand(model, preprocess, photos, size, interpolation):
    pixels = [
        keras.utils.img_to_array(keras.utils.load_img(path, target_size=size, interpolation=interpolation))
        for path in photos
    ]
    return model.predict(preprocess(np.stack(pixels)), verbose=0)


def assert_same(features, expected):
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("name, interpolation", [*((name, "bilinear") for name in SMALL), ("MobileNet", "lanczos")])
def test_features_equal_those_computed_by_hand_with_keras(tmp_path, photos, name, interpolation):
    size = (SMALL[name], SMALL[name] + 16)
    record = BACKBONES[name]
    top = {"include_top": True, "classes": 3} if record.layer_in_top else {"include_top": False, "pooling": "avg"}
    donor = getattr(keras.applications, name)(weights=None, input_shape=(*size, 3), **top)
    donor.save(tmp_path / "donor.keras")
    hand = keras.Model(donor.input, donor.layers[-2].output) if record.layer_in_top else donor
    expected = by_hand(hand, getattr(keras.applications, record.module).preprocess_input, photos, size, interpolation)

    # The donor's own name of that layer: unnamed ones are numbered on from the networks before it in this thread.
    layer = donor.layers[-2].name
    features = Embedder(name, weights=tmp_path / "donor.keras", layer=layer, interpolation=interpolation).transform(
        photos
    )
    assert features.features.dtype == np.float32
    assert_same(features.features, expected)


def test_squeezenet_features_equal_those_computed_by_hand(photos):
    model = squeezenet.SqueezeNet(include_top=False)
    maps = by_hand(model, squeezenet.preprocess_input, photos, (224, 224), "bilinear")
    assert_same(Embedder().transform(photos).features, maps.mean((1, 2)))


@pytest.fixture(scope="module")
def network():
    return build_network(BACKBONES["SqueezeNet"], image_size=(64, 64))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(3).integers(0, 256, (11, 64, 64, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def alone(network, images):
    engine = Engine(network, 1)
    return np.concatenate([engine(image[None]) for image in images])


@given(batch_size=st.sampled_from([1, 2, 3, 5, 11]), order=st.permutations(range(11)))
def test_features_do_not_depend_on_batch_mates_order_or_batch_size(network, images, alone, batch_size, order):
    engine = _engines.setdefault(batch_size, Engine(network, batch_size))
    order = list(order)
    parts = [engine(images[order[i : i + batch_size]]) for i in range(0, 11, batch_size)]
    assert_same(np.concatenate(parts), alone[order])


_engines = {}


def test_graph_is_traced_once_whatever_the_last_batch(network, images):
    engine = Engine(network, 4)
    for n_images in (4, 3, 1, 4, 2):
        assert engine(images[:n_images]).shape == (n_images, 512)
    assert engine._forward.experimental_get_tracing_count() == 1


def test_batch_that_does_not_fit_is_a_memory_error_that_says_what_to_do(network, images):
    engine = Engine(network, 4)

    def exhausted(images):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")

    engine._forward = exhausted
    with pytest.raises(MemoryError, match="4 pictures of 64 x 64 pixels.*lower the batch size"):
        engine(images[:2])


def test_eager_mode_switched_off_by_another_add_on_is_said_in_words(network, monkeypatch):
    monkeypatch.setattr(tf, "executing_eagerly", lambda: False)
    with pytest.raises(TransferLearningError, match="eager mode off.*restart Orange"):
        Engine(network, 1)
