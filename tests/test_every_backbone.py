"""Every backbone: engines agree, and bfloat16 comes close. Half an hour: ``pytest -m slow``."""

import gc
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import pytest

from orangecontrib.transferlearning import openvino_engine, tensorflow_engine
from orangecontrib.transferlearning.backbones import BACKBONES
from orangecontrib.transferlearning.engine import open_engine
from orangecontrib.transferlearning.networks import build_network

pytestmark = pytest.mark.slow

N_IMAGES = 3
INSTALLED = ["tensorflow", *["openvino"] * bool(find_spec("openvino"))]
PRECISIONS = ["float32", *["bfloat16"] * tensorflow_engine.has_bfloat16()]


@contextmanager
def in_a_folder(network):
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        openvino_engine.export(network, Path(folder))
        yield Path(folder)


def cosines(one, other):
    one, other = one.astype(float), other.astype(float)
    return (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


@pytest.mark.parametrize("name", BACKBONES)
def test_engines_agree_and_bfloat16_comes_close(name):
    record = BACKBONES[name]
    side = max(record.min_size, 64)
    # VGG's classifier reads vectors of a picture's own size: its last maps stand for it.
    network = build_network(
        record, weights="imagenet" if name == "SqueezeNet" else None, image_size=(side, side + 16),
        layer="block5_pool" if name in ("VGG16", "VGG19") else None,
    )  # fmt: skip
    images = np.random.default_rng(2).integers(0, 256, (N_IMAGES, side, side + 16, 3)).astype(np.uint8)
    expected = network.model.predict_on_batch(images)
    assert np.abs(expected).max() > 0
    for engine in INSTALLED:
        for precision in PRECISIONS:
            features = open_engine(network, N_IMAGES, engine, precision, in_a_folder)(images)
            assert features.dtype == np.float32
            if precision == "float32":
                np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
            else:
                assert cosines(features, expected).min() >= 0.999, engine
    keras.backend.clear_session()
    gc.collect()
