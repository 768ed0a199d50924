"""Engines, compared with Keras used by hand and with each other, and their errors."""

import importlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from importlib.util import find_spec

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from orangecontrib.transferlearning.backbones import squeezenet
from orangecontrib.transferlearning.backbones.network import build_network
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.engines import engine as engines
from orangecontrib.transferlearning.engines import openvino_engine, tensorflow_engine
from orangecontrib.transferlearning.engines.opening import NetworkSpec
from orangecontrib.transferlearning.errors import SettingError, TransferLearningError
from orangecontrib.transferlearning.images.reading import read_image

SIDES = {"VGG16": 64, "VGG19": 64, "ResNet50": 64, "MobileNet": 64, "Xception": 80, "InceptionV3": 80}
SIDES |= {"InceptionResNetV2": 80, "MobileNetV2": 64, "ConvNeXtTiny": 64}
CHECKED = ("MobileNet", "VGG16")
thorough = partial(pytest.param, marks=pytest.mark.thorough)
INSTALLED = ["tensorflow", *["openvino"] * bool(find_spec("openvino"))]


def assert_same(features, expected, tolerance=1e-4):
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Three JPEG files of smooth colors with different sizes."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(4)
    for number in range(3):
        rough = random.integers(0, 256, (5 + number, 7, 3)).astype(np.uint8)
        size = (150, 100 + 9 * number)
        Image.fromarray(rough).resize(size, Image.Resampling.BICUBIC).save(folder / f"{number}.jpg", quality=95)
    return sorted(folder.iterdir())


def by_hand(model, preprocess, photos, size, interpolation):
    pixels = [
        keras.utils.img_to_array(keras.utils.load_img(path, target_size=size, interpolation=interpolation))
        for path in photos
    ]
    # This is the same as `predict`, which would compile for minutes in all.
    return np.asarray(model(preprocess(np.stack(pixels)), training=False))


SQUEEZENET = NetworkSpec(
    backbone=BACKBONES["SqueezeNet"], layer=None, pooling="auto", weights="imagenet", image_size=None, seed=0,
    engine="auto", precision="float32", batch_size=4,
)  # fmt: skip


def open_spec(spec, engine, batch_size=4, precision="float32"):
    """Open a network with an engine: OpenVINO after a conversion in a worker process, TensorFlow in this one."""
    return replace(spec, engine=engine, batch_size=batch_size, precision=precision).open()[1]


def give_statistics(model):
    """Set statistics, scales and shifts of normalization layers that are neither 0 nor 1."""
    random = np.random.default_rng(5)
    for variable in model.weights:
        low, high = {"gamma": (0.8, 1.2), "moving_variance": (0.5, 1.5)}.get(variable.name, (-0.2, 0.2))
        if variable.name in ("gamma", "beta", "moving_mean", "moving_variance"):
            variable.assign(random.uniform(low, high, variable.shape))


@pytest.mark.parametrize(
    "name, interpolation",
    [
        *(pytest.param(name, "bilinear", marks=pytest.mark.slow) for name in SIDES if name not in CHECKED),
        ("MobileNet", "bilinear"),
        ("MobileNet", "lanczos"),
        thorough("VGG16", "bilinear"),
    ],
)
def test_features_equal_those_computed_by_hand_with_keras(photos, tmp_path, name, interpolation):
    size = (SIDES[name], SIDES[name] + 16)
    record = BACKBONES[name]
    top = {"include_top": True} if record.layer_in_top else {"include_top": False, "pooling": "avg"}
    donor = getattr(keras.applications, name)(weights=None, input_shape=(*size, 3), **top)
    give_statistics(donor)
    hand = keras.Model(donor.input, donor.get_layer(record.layer).output) if record.layer_in_top else donor
    expected = by_hand(hand, getattr(keras.applications, record.module).preprocess_input, photos, size, interpolation)

    weights = tmp_path / "donor.weights.h5"
    donor.save_weights(weights)
    pixels = np.stack([read_image(path, size, interpolation=interpolation) for path in photos])
    spec = replace(SQUEEZENET, backbone=record, weights=weights, image_size=size)
    for engine in INSTALLED:
        assert_same(open_spec(spec, engine)(pixels), expected)


def test_squeezenet_features_equal_those_computed_by_hand(photos):
    model = squeezenet.SqueezeNet(include_top=False)
    maps = by_hand(model, squeezenet.preprocess_input, photos, (224, 224), "bilinear")
    for engine in INSTALLED:
        assert_same(Embedder("SqueezeNet", engine=engine).transform(photos).features, maps.mean((1, 2)))


@pytest.mark.parametrize(
    "name", ["SqueezeNet", "MobileNet", pytest.param("EfficientNetV2B0", marks=pytest.mark.thorough)]
)
def test_maps_of_images_of_their_own_sizes_equal_those_computed_by_hand(photos, tmp_path, name):
    record = BACKBONES[name]
    if not record.package:
        donor = getattr(keras.applications, name)(weights=None, include_top=False)
        preprocess = getattr(keras.applications, record.module).preprocess_input
        weights = tmp_path / "donor.weights.h5"
        donor.save_weights(weights)
    else:
        donor, preprocess = squeezenet.SqueezeNet(False, input_shape=(None, None, 3)), squeezenet.preprocess_input
        weights = "imagenet"
    loaded = [keras.utils.img_to_array(keras.utils.load_img(path))[None] for path in photos]
    expected = [np.asarray(donor(preprocess(pixels))) for pixels in loaded]
    spec = replace(SQUEEZENET, backbone=record, weights=weights, pooling="none", image_size="own")
    pixels = [read_image(path) for path in photos]
    for engine in INSTALLED:
        opened = open_spec(spec, engine)
        for each, map_by_hand in zip(pixels, expected, strict=True):
            assert_same(opened(each[None]), map_by_hand)
            # The other images of a batch change nothing, even in a full batch.
            assert_same(opened(np.stack([each, 255 - each, each, each]))[2:3], map_by_hand)


@pytest.mark.parametrize("engine", INSTALLED)
def test_images_of_their_own_sizes_come_out_whatever_the_batch_size(photos, engine):
    several = [photos[0], photos[1], photos[1], photos[2], photos[0]]
    alone = Embedder("SqueezeNet", image_size="own", engine=engine, batch_size=1).transform(several)
    together = Embedder("SqueezeNet", image_size="own", engine=engine, batch_size=3).transform(several)
    assert together.keys == alone.keys
    assert_same(together.features, alone.features)


@pytest.fixture(scope="module")
def network():
    return build_network(BACKBONES["SqueezeNet"], image_size=(64, 64))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(3).integers(0, 256, (21, 64, 64, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def opened():
    """Return a function that opens SqueezeNet for 64 x 64 pixels, once for each engine, batch size and precision."""
    cache = {}

    def open_once(engine, batch_size, precision="float32"):
        key = engine, batch_size, precision
        if key not in cache:
            cache[key] = open_spec(replace(SQUEEZENET, image_size=(64, 64)), *key)
        return cache[key]

    return open_once


@pytest.fixture(scope="module")
def alone(opened, images):
    """The features of images, computed one by one."""
    return np.concatenate([opened("tensorflow", 1)(image[None]) for image in images])


@pytest.mark.parametrize("engine", INSTALLED)
@given(batch_size=st.sampled_from([1, 5, 16, 32]), order=st.permutations(range(21)))
def test_features_do_not_depend_on_batch_mates_order_or_batch_size(opened, images, alone, engine, batch_size, order):
    order = list(order)
    parts = [opened(engine, batch_size)(images[order[i : i + batch_size]]) for i in range(0, 21, batch_size)]
    assert_same(np.concatenate(parts), alone[order])


@pytest.mark.skipif("openvino" not in INSTALLED, reason="OpenVINO is not installed")
def test_openvino_copies_nothing_out_but_the_features(images):
    # Keras' swish in TensorFlow has an output for its gradient.
    engine = open_spec(replace(SQUEEZENET, backbone=BACKBONES["EfficientNetV2B0"], weights=None), "openvino", 2)
    assert [len(request.model_outputs) for request in (engine._rest_request, *engine._queue)] == [1, 1]


@pytest.mark.parametrize("engine", INSTALLED)
def test_bfloat16_comes_close_and_float32_of_others_stays_exact(opened, network, images, engine):
    if not tensorflow_engine.has_bfloat16():
        with pytest.raises(SettingError, match="cannot compute in bfloat16"):
            opened(engine, 4, "bfloat16")
        return
    exact = opened(engine, 4)(images[:4])
    by_keras = network.model.predict_on_batch(images[:4])
    half = opened(engine, 4, "bfloat16")(images[:4])
    assert half.dtype == np.float32
    cosine = (half * exact).sum(1) / np.linalg.norm(half, axis=1) / np.linalg.norm(exact, axis=1)
    assert 0.999 < cosine.min() < 1
    np.testing.assert_array_equal(opened(engine, 4)(images[:4]), exact)
    np.testing.assert_array_equal(network.model.predict_on_batch(images[:4]), by_keras)


@pytest.mark.parametrize("engine", INSTALLED)
def test_float16_needs_a_gpu(opened, engine):
    with pytest.raises(SettingError, match="cannot compute in float16: choose the precision float32"):
        opened(engine, 4, "float16")


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_on_a_gpu_tensorflow_computes_in_half_precision_by_keras(images, opened, monkeypatch, precision):
    monkeypatch.setattr(tensorflow_engine, "has_gpu", lambda: True)
    own = build_network(BACKBONES["SqueezeNet"], image_size=(64, 64))  # it is changed in place
    half = tensorflow_engine.open_network(own, 4, precision)(images[:4])
    exact = opened("tensorflow", 4)(images[:4])
    cosine = (half * exact).sum(1) / np.linalg.norm(half, axis=1) / np.linalg.norm(exact, axis=1)
    assert half.dtype == np.float32
    assert 0.999 < cosine.min() < 1


@pytest.mark.parametrize(
    "engine, precision, words",
    [("cuda", "float32", "engine must be one of auto"), ("auto", "int8", "precision must be one of float32")],
)
def test_unknown_choices_are_refused(engine, precision, words):
    with pytest.raises(SettingError, match=words):
        engines.check_choice(engine, precision)


def test_engine_that_is_not_installed_is_refused(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(SettingError, match="pip install openvino"):
        engines.check_choice("openvino", "float32")


@pytest.mark.parametrize(
    "name, max_bytes, expected",
    [("MobileNet", 1e9, "constants"), ("MobileNet", 1e6, "variables"), ("SqueezeNet", 1e9, "variables")],
)
def test_weights_are_constants_where_normalization_is_folded_and_fits(monkeypatch, name, max_bytes, expected):
    chosen = []
    monkeypatch.setattr(tensorflow_engine, "MAX_CONSTANT_BYTES", max_bytes)
    for way in ("constants", "variables"):
        monkeypatch.setattr(tensorflow_engine, f"_with_{way}", lambda *arguments, way=way: chosen.append(way))
    network = build_network(BACKBONES[name], weights=None, image_size=(64, 64))
    tensorflow_engine.open_network(network, 2, "float32")
    assert chosen == [expected]


@pytest.mark.skipif("openvino" not in INSTALLED, reason="OpenVINO is not installed")
def test_heavy_weights_are_read_once_a_stream(images, monkeypatch):
    spec = replace(SQUEEZENET, image_size=(64, 64))
    keep, computed, batch = openvino_engine._store_features, [], np.resize(images, (32, *images.shape[1:]))
    monkeypatch.setattr(
        openvino_engine, "_store_features", lambda request, wanted: (computed.append(1), keep(request, wanted))
    )
    features = open_spec(spec, "openvino", 32)(batch)
    n_parts = len(computed)
    monkeypatch.setattr(openvino_engine, "HEAVY_BYTES", 0)
    assert_same(open_spec(spec, "openvino", 32)(batch), features)
    assert len(computed) - n_parts == max(1, n_parts // openvino_engine.PARTS_PER_STREAM)


def test_network_that_cannot_be_traced_is_run_by_keras(network, images, monkeypatch, opened):
    def untraceable(*arguments):
        raise TypeError("no graph can hold this")

    monkeypatch.setattr(tensorflow_engine, "_with_variables", untraceable)
    assert_same(tensorflow_engine.open_network(network, 4, "float32")(images[:3]), opened("tensorflow", 4)(images[:3]))


def test_batch_that_does_not_fit_is_a_memory_error_that_says_what_to_do(images):
    def exhausted(images):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")

    with pytest.raises(MemoryError, match="2 images at once.*lower the batch size"):
        tensorflow_engine.TensorFlowEngine(exhausted)(images[:2])


def test_eager_mode_switched_off_by_another_add_on_is_said_in_words(network, monkeypatch):
    monkeypatch.setattr(tf, "executing_eagerly", lambda: False)
    with pytest.raises(TransferLearningError, match="eager mode off.*restart Orange"):
        tensorflow_engine.open_network(network, 1, "float32")


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_of_keras_give_the_same_features(backend, photos, tmp_path):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    code = (
        "import json, sys; from orangecontrib.transferlearning import Embedder\n"
        "embedder = Embedder('SqueezeNet', batch_size=2, image_size=(64, 64))\n"
        f"photos = {[str(path) for path in photos]}\n"
        "features = embedder.transform(photos).features.tolist()\n"
        "own = Embedder('SqueezeNet', batch_size=2, image_size='own').transform(photos).features.tolist()\n"
        "print(json.dumps([embedder.engine_title, features, own, 'tensorflow' in sys.modules]))"
    )
    environment = os.environ | {"KERAS_BACKEND": backend, "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    title, features, own, tensorflow_loaded = json.loads(done.stdout.splitlines()[-1])
    assert title in ("OpenVINO", {"jax": "JAX", "torch": "PyTorch"}[backend])
    expected = Embedder("SqueezeNet", engine="tensorflow", image_size=(64, 64)).transform(photos).features
    assert_same(np.array(features, np.float32), expected)
    expected = Embedder("SqueezeNet", engine="tensorflow", image_size="own").transform(photos).features
    assert_same(np.array(own, np.float32), expected)


def test_every_engine_module_has_the_same_two_functions():
    for name in ("tensorflow", "jax", "torch"):
        module = importlib.import_module(f"orangecontrib.transferlearning.engines.{name}_engine")
        assert callable(module.open_network)
        assert callable(module.has_gpu)


@pytest.mark.parametrize("engine", ["tensorflow", *["openvino"] * bool(find_spec("openvino"))])
def test_numbers_that_a_layer_holds_besides_its_weights_are_taken_along(engine, tmp_path):
    mean = np.arange(300, dtype=np.float32)
    pixels = keras.Input((1, 100, 3))
    standard = keras.layers.Normalization(mean=mean, variance=np.full(300, 4.0, np.float32), name="fire9")
    keras.Model(pixels, standard(keras.layers.Flatten()(pixels))).save(tmp_path / "saved.keras")
    images = np.random.default_rng(0).integers(0, 256, (2, 1, 100, 3)).astype(np.uint8)
    spec = replace(SQUEEZENET, weights=tmp_path / "saved.keras", preprocessing="SqueezeNet")
    prepared = images[..., ::-1] - np.float32(squeezenet.IMAGENET_MEAN_BGR)
    assert_same(open_spec(spec, engine)(images), (prepared.reshape(2, 300) - mean) / 2)


@pytest.mark.parametrize(
    "name",
    ["MobileNet", *(pytest.param(name, marks=pytest.mark.thorough) for name in ("ConvNeXtTiny", "EfficientNetB0"))],
)
def test_random_weights_are_the_same_for_all_engines_and_keep_the_size_of_pixels(photos, name):
    settings = {"weights": None, "seed": 3, "image_size": (64, 64)}
    ours, theirs = (Embedder(name, engine=engine, **settings) for engine in INSTALLED)
    assert_same(ours.transform(photos).features, theirs.transform(photos).features)
    assert ours.fingerprint == theirs.fingerprint
    assert 1e-5 < np.abs(ours.transform(photos).features).mean() < 1e5
    assert Embedder(name, engine=INSTALLED[-1], **settings | {"seed": 4}).fingerprint != ours.fingerprint
