"""A fake network that tells its pictures apart without TensorFlow, and pictures to give it."""

import os
from dataclasses import dataclass, field

# Qt needs no screen for tests, and its web view, which reports use, does not run as root in a sandbox.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", "--disable-gpu --no-sandbox")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

from orangecontrib.transferlearning import embedder

settings.register_profile(
    "quick", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("quick")


@dataclass
class FakeNetwork:
    layer: str = "mean"
    layers: tuple = ("red", "mean")
    image_size: tuple = (6, 8)
    n_features: int = 4
    weights_sha256: str = "0" * 64


@dataclass
class FakeEngine:
    """Features are the mean red, green and blue, and the first pixel's red; notes how it was called."""

    network: FakeNetwork
    batch_size: int
    calls: list = field(default_factory=list)

    def __call__(self, images):
        assert images.dtype == np.uint8
        assert images.shape[1:] == (*self.network.image_size, 3)
        self.calls.append(len(images))
        return np.column_stack([images.mean((1, 2)), images[:, 0, 0, 0]]).astype(np.float32)


@pytest.fixture
def fake_network(monkeypatch):
    """Every Embedder made in the test gets the fake network; returns the list of arguments it was built with."""
    built = []

    def build(backbone, **arguments):
        built.append((backbone.name, arguments))
        return FakeNetwork()

    monkeypatch.setattr(embedder, "build_network", build)
    monkeypatch.setattr(embedder, "Engine", FakeEngine)
    return built


def solid(colour, size=(10, 12)):
    """A picture of one colour, uint8 (height, width, 3)."""
    return np.full((*size, 3), colour, np.uint8)


@pytest.fixture
def photos(tmp_path):
    """Two folders of two pictures each, and a broken one: a/1.png is red, a/2.png green, b/1.png blue, b/3.png grey."""
    root = tmp_path / "photos"
    colours = {"a/1.png": (255, 0, 0), "a/2.png": (0, 255, 0), "b/1.png": (0, 0, 255), "b/3.png": (90, 90, 90)}
    for name, colour in colours.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(solid(colour)).save(root / name)
    (root / "b" / "2.png").write_bytes(b"not a picture")
    return root
