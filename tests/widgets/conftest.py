"""Fixtures of widget tests: networks without TensorFlow, images of six colors, and a virtual screen."""

import runpy
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from AnyQt.QtCore import QSettings
from Orange.data import DiscreteVariable, Domain, StringVariable, Table
from Orange.widgets.tests.base import WidgetTest
from PIL import Image

from orangecontrib.transferlearning.backbones.network import Network
from orangecontrib.transferlearning.embedding import embedder
from orangecontrib.transferlearning.engines import opening
from orangecontrib.transferlearning.errors import SettingError
from orangecontrib.transferlearning.explain import layer_view as layerview
from orangecontrib.transferlearning.widgets.controls import network_box as network
from orangecontrib.transferlearning.widgets.controls import recent_paths

from ..conftest import forget_embedders

SCREEN = runpy.run_path(str(Path(__file__).parents[2] / "doc" / "tour" / "screen.py"))
LAYERS = ("conv1", "fire9", "conv10", "wide")


class Case(WidgetTest):
    """A test case of Orange, which makes widgets and sends signals."""

    __test__ = False

    def runTest(self):
        """Do nothing, as the tests are functions below."""


@pytest.fixture
def case(tmp_path, monkeypatch):
    store = QSettings(str(tmp_path / "recent.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr(recent_paths, "_settings", lambda: store)
    Case.setUpClass()
    test = Case()
    test.setUp()
    yield test
    test.tearDown()
    Case.tearDownClass()


@dataclass
class FakeNetworks:
    """A stand-in for Keras: the features of an image are its mean red, green and blue.

    At the layer of classes, class 0, 1 or 2 has a probability of 0.7, by the strongest of these colors.

    Attributes
    ----------
    built : list of dict
        Settings that each network was built with.
    batches : list of int
        Number of images in each batch computed.
    gate : threading.Event
        While it is clear, every batch but the first waits, so that a test can cancel the run.
    downloads : tuple of float
        Fractions of a download that building reports.
    error, batch_error : Exception or None
        Error that is raised when a network is built, or computes.
    """

    built: list[dict] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    downloads: tuple[float, ...] = ()
    preprocessing: str = ""
    error: Exception | None = None
    batch_error: Exception | None = None

    def build(self, backbone, *, layer=None, callback=None, **settings):
        self.built.append({"backbone": backbone.name, "layer": layer, **settings})
        for fraction in self.downloads:
            callback(fraction)
        if self.error:
            raise self.error
        if layer not in (None, *LAYERS, *backbone.stages, backbone.classes_layer):
            raise SettingError(f"{backbone.title} has no layer {layer!r}.")
        n_features = {"wide": 6000, backbone.classes_layer: 1000}.get(layer, 3)
        preprocessing = self.preprocessing or backbone.name
        return Network(None, (8, 8), layer or backbone.layer, LAYERS, (n_features,), "0" * 64, preprocessing)

    def engine(self, network, *settings):
        def forward(images):
            if self.batches:
                assert self.gate.wait(20)
            self.batches.append(len(images))
            if self.batch_error:
                raise self.batch_error
            colors = images.mean(axis=(1, 2), dtype=np.float32)
            if network.n_features == 1000:
                others = np.full((len(images), 1000), 0.3 / 999, np.float32)
                others[np.arange(len(images)), colors.argmax(axis=1)] = 0.7
                return others
            return np.tile(colors, network.n_features // 3)

        forward.title = "Fake"
        return forward


@pytest.fixture
def networks(monkeypatch):
    """Replace Keras with `FakeNetworks`, and return them."""
    fake = FakeNetworks()
    fake.gate.set()
    monkeypatch.setattr(opening, "build_network", fake.build)
    monkeypatch.setattr(opening, "open_engine", fake.engine)
    monkeypatch.setattr(opening.NetworkSpec, "_takes_openvino", lambda self: False)
    monkeypatch.setattr(opening, "is_keras_loaded", lambda: True)
    forget_embedders(monkeypatch)
    monkeypatch.setattr(network, "FeatureCache", lambda path: None)
    monkeypatch.setattr(embedder.Embedder, "fingerprint", "fake")
    return fake


class ColorLayers:
    """A stand-in for a `LayeredNetwork`: maps are blocks of pixels, and channels are colors."""

    image_size = (8, 8)
    shapes = {"conv1": (4, 4, 3), "fire9": (4, 4, 3), "fc": (3,)}

    def __init__(self, fake):
        self.fake = fake

    def compute(self, pixels, layers):
        self.fake.computed.append(layers[0])
        if layers[0] not in self.shapes:
            raise SettingError(f"no layer {layers[0]!r}")
        maps = pixels[::2, ::2].astype(np.float32)
        return {layers[0]: maps.mean((0, 1)) if layers[0] == "fc" else maps}


class FakeLayers:
    """A stand-in for opening networks that are cut at several layers; it keeps what was opened and computed."""

    def __init__(self):
        self.opened = []
        self.computed = []
        self.error = None

    def open(self, backbone, layers, *, weights, preprocessing, callback):
        self.opened.append((backbone.name, tuple(layers), weights))
        if self.error:
            raise self.error
        return ColorLayers(self)

    def forget(self):
        """Forget the networks that were opened."""
        layerview._NetworkCache.networks.clear()


@pytest.fixture
def layers(monkeypatch):
    """Replace the networks of maps with `FakeLayers`, and return them."""
    fake = FakeLayers()
    monkeypatch.setattr(layerview, "open_layers", fake.open)
    monkeypatch.setattr(layerview._NetworkCache, "networks", {})
    return fake


@pytest.fixture
def images(tmp_path):
    """Return a table of six images of one color each, in two classes."""
    colors = [(250, 0, 0), (200, 10, 0), (240, 0, 20), (0, 0, 250), (0, 20, 200), (9, 9, 240)]
    for number, color in enumerate(colors):
        Image.new("RGB", (8, 8), color).save(tmp_path / f"{number}.png")
    image = StringVariable("image")
    image.attributes = {"type": "image", "origin": str(tmp_path)}
    note = StringVariable("note")
    domain = Domain([], DiscreteVariable("color", ["red", "blue"]), [note, image])
    rows = [["red" if number < 3 else "blue", f"note {number}", f"{number}.png"] for number in range(6)]
    table = Table.from_list(domain, rows)
    table.name = "colors"
    return table


@pytest.fixture(scope="session")
def screen():
    """Yield the name of a large virtual screen."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb, a virtual screen")
    with SCREEN["run_server"]((3300, 2400)) as name:
        yield name
