"""Networks from records: cuts, pooling, all kinds of weights, and errors."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from orangecontrib.transferlearning.backbones.loading import Loader
from orangecontrib.transferlearning.backbones.network import build_network
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.errors import SettingError, WeightsError


def build(name="MobileNet", **arguments):
    arguments.setdefault("weights", None)
    arguments.setdefault("image_size", (64, 96))
    return build_network(BACKBONES[name], **arguments)


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(1).integers(0, 256, (2, 64, 96, 3)).astype(np.uint8)


def test_pooling_makes_the_vector_of_a_map(pixels):
    full = build(layer="conv_pw_5_relu", pooling="none")
    assert (full.feature_shape, full.n_features) == ((8, 12, 256), 256)
    maps = np.asarray(full.model(pixels))
    expected = {"avg": maps.mean((1, 2)), "max": maps.max((1, 2)), "flatten": maps.reshape(2, -1)}
    expected["auto"] = expected["avg"]
    for pooling, features in expected.items():
        network = build(layer="conv_pw_5_relu", pooling=pooling)
        assert network.n_features == features.shape[1], pooling
        np.testing.assert_allclose(network.model(pixels), features, rtol=1e-4, atol=1e-6, err_msg=pooling)


def test_flattened_last_pool_of_vgg16_has_25088_features():
    network = build("VGG16", layer="block5_pool", pooling="flatten", image_size=None)
    assert (network.n_features, network.image_size) == (25_088, (224, 224))


def test_map_of_vgg16_at_480_x_640_pixels_is_15_x_20_x_512():
    own = build("VGG16", layer="block5_pool", pooling="none", image_size="own")
    assert (own.image_size, own.feature_shape) == (None, (None, None, 512))
    assert own.model.compute_output_shape((1, 480, 640, 3)) == (1, 15, 20, 512)


def test_saved_model_takes_any_size_where_it_leaves_its_own_open(tmp_path):
    for name, sides in {"open": (None, None), "fixed": (64, 96)}.items():
        inputs = keras.Input((*sides, 3))
        keras.Model(inputs, keras.layers.Conv2D(5, 3, name="mine")(inputs)).save(tmp_path / f"{name}.keras")
    network = build(weights=tmp_path / "open.keras", layer="mine", image_size="own", pooling="none")
    assert network.feature_shape == (None, None, 5)
    with pytest.raises(SettingError, match="fixed.keras reads images of 64 x 96 pixels only"):
        build(weights=tmp_path / "fixed.keras", layer="mine", image_size="own")


def test_weights_file_of_the_default_size_serves_images_of_any_size(tmp_path):
    donor = keras.applications.MobileNet(weights=None, include_top=True)
    donor.save_weights(tmp_path / "w.weights.h5")
    network = build(weights=tmp_path / "w.weights.h5", image_size="own")
    assert network.pixels_shape == (None, None, 3)
    np.testing.assert_array_equal(network.model.get_weights()[0], donor.get_weights()[0])


def test_random_weights_repeat_by_seed(pixels):
    first, again, other = (build(layer="conv_pw_5_relu", seed=seed) for seed in (1, 1, 2))
    assert first.weights_sha256 == again.weights_sha256 != other.weights_sha256


def test_unnamed_layers_keep_their_names_however_many_networks_came_before():
    first = build("InceptionV3", layer="activation_3", image_size=(75, 75))
    second = build("InceptionV3", layer="activation_3", image_size=(75, 75))
    assert first.layers == second.layers
    assert "activation_93" in second.layers


def test_layer_of_the_classifier_brings_the_classifier():
    network = build(layer="predictions", image_size=None)
    assert network.n_features == 1000


@pytest.mark.parametrize("suffix", [".weights.h5", ".h5"])
@pytest.mark.parametrize("top", [True, False])
def test_weights_file_with_or_without_the_classifier(tmp_path, pixels, top, suffix):
    donor = keras.applications.MobileNet(weights=None, include_top=top, input_shape=(64, 96, 3))
    path = tmp_path / f"w{suffix}"
    donor.save_weights(path) if suffix == ".weights.h5" else donor.save(path)
    network = build(weights=path)
    prepared = keras.applications.mobilenet.preprocess_input(pixels.astype(np.float32))
    expected = keras.Model(donor.input, donor.get_layer("conv_pw_13_relu").output)(prepared).numpy()
    np.testing.assert_allclose(network.model(pixels), expected.mean((1, 2)), rtol=1e-4, atol=1e-6)


@pytest.mark.thorough
def test_weights_file_of_the_default_size_serves_another_size(tmp_path):
    donor = keras.applications.VGG16(weights=None, include_top=True)
    donor.save_weights(tmp_path / "w.weights.h5")
    network = build("VGG16", weights=tmp_path / "w.weights.h5", layer="block5_pool")
    np.testing.assert_array_equal(network.model.get_weights()[0], donor.get_weights()[0])
    assert network.image_size == (64, 96)
    with pytest.raises(SettingError, match=r"fc2 of VGG-16 needs images of 224 x 224 .* block5_pool"):
        build("VGG16", weights=tmp_path / "w.weights.h5")


def test_saved_model_is_cut_at_any_of_its_layers(tmp_path, pixels):
    inputs = keras.Input((64, 96, 3))
    x = keras.layers.Conv2D(5, 3, name="mine")(inputs)
    keras.Model(inputs, keras.layers.Flatten(name="end")(x)).save(tmp_path / "m.keras")
    network = build(weights=tmp_path / "m.keras", layer="mine", image_size=None)
    assert (network.image_size, network.n_features, network.layers) == ((64, 96), 5, ("mine", "end"))
    with pytest.raises(SettingError, match="has no layer 'yours'"):
        build(weights=tmp_path / "m.keras", layer="yours", image_size=None)
    with pytest.raises(SettingError, match="Name the layer of m.keras to read, one of mine, end."):
        build(weights=tmp_path / "m.keras", image_size=None)
    with pytest.raises(SettingError, match="64 x 96 pixels only"):
        build(weights=tmp_path / "m.keras", layer="mine", image_size=(32, 32))


def test_layers_of_a_network_inside_a_saved_model_are_reached_through_it(tmp_path, pixels):
    base = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(64, 96, 3))
    inputs = keras.Input((64, 96, 3))
    x = keras.layers.GlobalAveragePooling2D()(base(keras.layers.Rescaling(0.5)(inputs)))
    keras.Model(inputs, keras.layers.Dense(3, name="mine")(x)).save(tmp_path / "m.keras")
    network = build(weights=tmp_path / "m.keras", layer=base.name, image_size=None)
    prepared = keras.applications.mobilenet.preprocess_input(pixels.astype(np.float32))
    expected = base(0.5 * prepared).numpy().mean((1, 2))
    np.testing.assert_allclose(network.model(pixels), expected, rtol=1e-4, atol=1e-6)


def test_half_precision_changes_this_network_alone(pixels):
    network = build()
    exact = network.model(pixels).numpy()
    half = network.with_precision("bfloat16").model(pixels).numpy()
    assert half.dtype == np.float32
    assert 0 < np.abs(half - exact).max() < 0.1 * np.abs(exact).max()
    np.testing.assert_array_equal(build().model(pixels), exact)


@pytest.mark.parametrize(
    "change, back, name",
    [
        (lambda: keras.config.set_floatx("float16"), lambda: keras.config.set_floatx("float32"), "floatx 'float16'"),
        (
            lambda: keras.config.set_dtype_policy("mixed_bfloat16"),
            lambda: keras.config.set_dtype_policy("float32"),
            "dtype_policy 'mixed_bfloat16'",
        ),
        (
            lambda: keras.config.set_image_data_format("channels_first"),
            lambda: keras.config.set_image_data_format("channels_last"),
            "image_data_format 'channels_first'",
        ),
    ],
)
def test_settings_of_keras_that_would_change_features_are_refused(change, back, name):
    change()
    try:
        with pytest.raises(SettingError, match=name):
            build()
    finally:
        back()


@pytest.mark.parametrize("shape", [(3,), (7, 3)])
def test_saved_model_of_vectors_or_sequences_is_refused(tmp_path, shape):
    inputs = keras.Input(shape)
    keras.Model(inputs, keras.layers.Dense(2, name="mine")(inputs)).save(tmp_path / "m.keras")
    with pytest.raises(WeightsError, match="does not read images"):
        build(weights=tmp_path / "m.keras", layer="mine")


def test_code_in_a_saved_model_is_not_run(tmp_path):
    inputs = keras.Input((64, 96, 3))
    keras.Model(inputs, keras.layers.Lambda(lambda x: x * 2, name="mine")(inputs)).save(tmp_path / "m.keras")
    with pytest.raises(WeightsError, match="cannot be opened"):
        build(weights=tmp_path / "m.keras", layer="mine")


@pytest.mark.parametrize("name", ["w.h5", "w.weights.h5", "w.keras", "w.bin"])
def test_file_that_holds_no_weights_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"nothing of the kind")
    with pytest.raises(WeightsError, match=name):
        build(weights=tmp_path / name)


def test_weights_of_another_network_are_refused(tmp_path):
    other = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(64, 96, 3))
    other.save_weights(tmp_path / "w.weights.h5")
    with pytest.raises(WeightsError, match="does not hold weights that fit MobileNet"):
        build(weights=tmp_path / "w.weights.h5")


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ({"pooling": "mean"}, SettingError, "avg, max, flatten"),
        ({"layer": "conv_pw_13_rel"}, SettingError, "no layer 'conv_pw_13_rel'.*conv_pw_13_relu"),
        ({"image_size": (31, 64)}, SettingError, "at least 32 x 32"),
        ({"image_size": "own", "pooling": "flatten"}, SettingError, "different lengths: pool by avg, max or none"),
        ({"image_size": "own", "layer": "predictions"}, SettingError, "one size.*an earlier layer such as conv_pw_13"),
        ({"image_size": "own", "name": "VGG16"}, SettingError, "fc2 of VGG-16 needs.*an earlier layer such as block5"),
        (
            {"image_size": "own", "name": "NASNetMobile"},
            SettingError,
            "one size.*: choose an image size.$",
        ),
        ({"weights": "no/such.h5"}, WeightsError, "no weights file 'no/such.h5'"),
    ],
)
def test_impossible_requests_are_refused_in_words(arguments, error, words):
    with pytest.raises(error, match=words):
        build(**arguments)


def test_imagenet_weights_come_from_keras_cache_folder(tmp_path, monkeypatch, pixels):
    donor = keras.applications.MobileNet(weights=None, include_top=False)
    donor.save(tmp_path / "donor.h5")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    BACKBONES["MobileNet"].weights_path(False).write_bytes((tmp_path / "donor.h5").read_bytes())
    monkeypatch.setattr(keras.src.utils.file_utils.config, "keras_home", lambda: str(tmp_path))

    network = build(weights="imagenet")
    assert network.image_size == (64, 96)
    np.testing.assert_array_equal(network.model.get_weights()[0], donor.get_weights()[0])


def test_imagenet_weights_with_the_classifier_serve_where_only_they_are_there(tmp_path, monkeypatch):
    donor = keras.applications.MobileNet(weights=None)
    donor.save(tmp_path / "donor.h5")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    BACKBONES["MobileNet"].weights_path(True).write_bytes((tmp_path / "donor.h5").read_bytes())
    monkeypatch.setattr(keras.src.utils.file_utils.config, "keras_home", lambda: str(tmp_path))
    assert BACKBONES["MobileNet"].has_local_weights(False)

    network = build(weights="imagenet")
    assert (network.layer, network.n_features) == ("conv_pw_13_relu", 1024)
    np.testing.assert_array_equal(network.model.get_weights()[0], donor.get_weights()[0])


def test_imagenet_weights_that_keras_rejects_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    BACKBONES["MobileNet"].weights_path(False).write_bytes(b"half a file")
    monkeypatch.setattr(keras.src.utils.file_utils.config, "keras_home", lambda: str(tmp_path))
    with pytest.raises(WeightsError, match="MobileNet cannot be loaded"):
        build(weights="imagenet")


def test_missing_connection_is_said_before_anything_is_built(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    unreachable = replace(BACKBONES["MobileNet"], weights_url="http://127.0.0.1:9/w{}.h5")
    monkeypatch.setattr(Loader, "_build", lambda *arguments: pytest.fail("built"))
    with pytest.raises(WeightsError, match="no connection"):
        build_network(unreachable)
