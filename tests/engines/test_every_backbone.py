"""Every backbone: engines agree, bfloat16 comes close, the last layers can be trained. An hour: ``pytest -m slow``."""

import gc
from dataclasses import replace
from importlib.util import find_spec
from itertools import product

import keras
import numpy as np
import pytest

from orangecontrib.transferlearning.backbones.loading import Loader
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.backbones.saved_models import pack_finetuned
from orangecontrib.transferlearning.engines import tensorflow_engine
from orangecontrib.transferlearning.engines.opening import NetworkSpec
from orangecontrib.transferlearning.finetuning.dataset import TuningData
from orangecontrib.transferlearning.finetuning.fine_tune import fine_tune
from orangecontrib.transferlearning.finetuning.open_finetuned import open_finetuned
from orangecontrib.transferlearning.finetuning.partly_frozen import open_partly_frozen
from orangecontrib.transferlearning.finetuning.recipe import Recipe
from orangecontrib.transferlearning.finetuning.settings import TuningSettings
from orangecontrib.transferlearning.training.head_settings import HeadSettings

pytestmark = pytest.mark.slow

N_IMAGES = 3
ENGINES = ["tensorflow", *["openvino"] * bool(find_spec("openvino"))]
PRECISIONS = ["float32", *["bfloat16"] * tensorflow_engine.has_bfloat16()]


def cosines(one, other):
    one, other = one.astype(float), other.astype(float)
    return (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


@pytest.fixture(params=BACKBONES)
def spec(request):
    name = request.param
    side = max(BACKBONES[name].min_size, 64)
    # VGG's classifier needs the network's own image size: use its last maps instead.
    layer = "block5_pool" if name in ("VGG16", "VGG19") else None
    weights = "imagenet" if BACKBONES[name].package else None
    yield NetworkSpec(
        backbone=BACKBONES[name], layer=layer, pooling="auto", weights=weights, image_size=(side, side + 16), seed=0,
        engine="openvino", precision="float32", batch_size=N_IMAGES,
    )  # fmt: skip
    keras.backend.clear_session()
    gc.collect()


def test_engines_agree_and_bfloat16_comes_close(spec):
    images = np.random.default_rng(2).integers(0, 256, (N_IMAGES, *spec.image_size, 3)).astype(np.uint8)
    network = spec._build(None)
    expected = np.asarray(network.model(images, training=False))
    assert np.abs(expected).max() > 0
    for engine, precision in product(ENGINES, PRECISIONS):
        # Only one engine at a time: the largest network takes gigabytes in each.
        gc.collect()
        if engine == "openvino":
            features = replace(spec, precision=precision).open()[1](images)
        else:
            features = tensorflow_engine.open_network(network, N_IMAGES, precision)(images)
        assert features.dtype == np.float32
        if precision == "float32":
            np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
        else:
            assert cosines(features, expected).min() >= 0.999, engine


@pytest.mark.parametrize("name", BACKBONES)
def test_last_layers_are_trained_the_others_stay_and_the_file_predicts_the_same(name, tmp_path):
    side = max(BACKBONES[name].min_size, 64)
    layers = ("block5_pool",) if name in ("VGG16", "VGG19") else ()
    tunable = open_partly_frozen(Loader(BACKBONES[name], layers, None, (side, side), 0, None), "auto", 2)
    before = {each.path: np.array(each) for each in tunable.features.variables}
    pixels = np.random.default_rng(1).integers(0, 256, (8, side, side, 3)).astype(np.uint8)
    train, test = np.arange(6), np.arange(6, 8)
    tuning_data = TuningData(pixels, np.arange(8.0) % 2, ("a", "b"), train, np.empty(0, int), test)
    settings = TuningSettings(unfreeze=2, epochs=1, batch_size=6, learning_rate=0.01)
    tuned = fine_tune(tunable, tuning_data, HeadSettings(epochs=1), settings)
    trained = {each.path for each in tunable.tail.trainable_variables}
    for each in tunable.features.variables:
        if "seed_generator" not in each.path:
            assert np.array_equal(each, before[each.path]) == (each.path not in trained), each.path
    path = tmp_path / "tuned.keras"
    about = Recipe(backbone=name).about(tunable, tuning_data.classes, "Class")
    path.write_bytes(pack_finetuned(tuned.model, about))
    embedder, classes = open_finetuned(path)
    assert classes == ("a", "b")
    np.testing.assert_allclose(embedder.transform(pixels[test]).features, tuned.after, rtol=1e-3, atol=1e-4)
    keras.backend.clear_session()
    gc.collect()
