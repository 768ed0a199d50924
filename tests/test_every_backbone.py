"""Every backbone: engines agree, and bfloat16 comes close. Half an hour: ``pytest -m slow``."""

import gc
from importlib.util import find_spec

import keras
import numpy as np
import pytest

from orangecontrib.transferlearning import openvino_engine, tensorflow_engine
from orangecontrib.transferlearning.backbones import BACKBONES
from orangecontrib.transferlearning.networks import build_network

pytestmark = pytest.mark.slow

N_IMAGES = 3
PRECISIONS = ["float32", *["bfloat16"] * tensorflow_engine.has_bfloat16()]


def cosines(one, other):
    one, other = one.astype(float), other.astype(float)
    return (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


@pytest.fixture(params=BACKBONES)
def network(request):
    name = request.param
    side = max(BACKBONES[name].min_size, 64)
    # VGG's classifier reads vectors of a picture's own size: its last maps stand for it.
    layer = "block5_pool" if name in ("VGG16", "VGG19") else None
    weights = "imagenet" if name == "SqueezeNet" else None
    yield build_network(BACKBONES[name], weights=weights, image_size=(side, side + 16), layer=layer)
    keras.backend.clear_session()
    gc.collect()


def test_engines_agree_and_bfloat16_comes_close(network, tmp_path):
    images = np.random.default_rng(2).integers(0, 256, (N_IMAGES, *network.image_size, 3)).astype(np.uint8)
    expected = np.asarray(network.model(images, training=False))
    assert np.abs(expected).max() > 0
    engines = {("tensorflow", each): tensorflow_engine.open_network(network, N_IMAGES, each) for each in PRECISIONS}
    if find_spec("openvino"):
        openvino_engine.export(network, tmp_path)
        for each in PRECISIONS:
            engines["openvino", each] = openvino_engine.OpenVinoEngine(tmp_path, N_IMAGES, each)
    for (engine, precision), compute in engines.items():
        features = compute(images)
        assert features.dtype == np.float32
        if precision == "float32":
            np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
        else:
            assert cosines(features, expected).min() >= 0.999, engine
