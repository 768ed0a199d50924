"""Fixtures: fake networks that need no TensorFlow, images, and settings of the whole test run."""

import atexit
import os
import shutil
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from importlib.util import cache_from_source

import pytest

if sys.dont_write_bytecode and not os.path.exists(cache_from_source(pytest.__file__)):
    # Libraries that are not compiled would be compiled anew in each program that a test starts, for 7 seconds.
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = tempfile.mkdtemp(prefix="bytecode-")
    atexit.register(shutil.rmtree, sys.pycache_prefix, ignore_errors=True)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False

# Tests have no screen, and Qt's web view, which reports use, does not run as root in a sandbox.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", "--disable-gpu --no-sandbox")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Tests neither read nor change the user's settings of Orange's widgets.
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="orange-settings-")

import numpy as np
from hypothesis import HealthCheck, settings
from Orange.data import Table
from PIL import Image

from orangecontrib.transferlearning import cache_folder as cache_folder_module
from orangecontrib.transferlearning.backbones.network import Network
from orangecontrib.transferlearning.embedding import cache as embedding_cache
from orangecontrib.transferlearning.embedding import known_embedders
from orangecontrib.transferlearning.engines import keras_worker, opening
from orangecontrib.transferlearning.engines.worker_process import WorkerError, WorkerProcess
from orangecontrib.transferlearning.errors import Cancelled
from orangecontrib.transferlearning.orange import load_images

settings.register_profile(
    "quick", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("quick")

# Changing a table that another widget may have, too, is then an error.
Table.LOCKING = True


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Run each file in one process, so that its fixtures are built once."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


LONGEST = (
    "test_canvas",
    "test_newcomer",
    "test_tutorials",
    "test_translations",
    "test_engine",
    "test_circumstances",
    "test_network",
    "test_resuming",
    "test_finetune_learner",
    "test_owkerasnetwork",
    "test_help",
    "test_registry",
    "test_fine_tune",
)
"""Names of the files that start first, so that no process waits for another at the end."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.stem not in LONGEST)


def pytest_unconfigure():
    shutil.rmtree(os.environ["XDG_DATA_HOME"], ignore_errors=True)


@dataclass
class FakeEngine:
    """An engine that counts its images.

    Its features are the mean red, green and blue, and the red of the first pixel; a map has every other pixel.
    """

    calls: list = field(default_factory=list)
    title: str = "Fake"
    resized: bool = True
    pooled: bool = True

    def __call__(self, images):
        assert images.dtype == np.uint8
        assert images.shape[1:] == (6, 8, 3) or not self.resized
        self.calls.append(len(images))
        if not self.pooled:
            return images[:, ::2, ::2].astype(np.float32)
        return np.column_stack([images.mean((1, 2)), images[:, 0, 0, 0]]).astype(np.float32)


@dataclass
class FakeNetworks:
    """A stand-in for `build_network` that records its arguments, and the engine of its networks."""

    built: list = field(default_factory=list)
    engine: FakeEngine = field(default_factory=FakeEngine)

    def build(self, backbone, **arguments):
        self.built.append((backbone.name, arguments))
        self.engine.resized = arguments["image_size"] != "own"
        self.engine.pooled = arguments["pooling"] != "none"
        map_shape = (3, 4, 3) if self.engine.resized else (None, None, 3)
        return Network(
            None,
            (6, 8) if self.engine.resized else None,
            "mean",
            ("red", "mean"),
            (4,) if self.engine.pooled else map_shape,
            "0" * 64,
            backbone.name,
        )


@pytest.fixture
def fake_network(monkeypatch):
    """Give every embedder of the test the fake network; returns `FakeNetworks`."""
    fake = FakeNetworks()
    monkeypatch.setattr(opening, "build_network", fake.build)
    monkeypatch.setattr(opening, "open_engine", lambda *settings: fake.engine)
    monkeypatch.setattr(opening.NetworkSpec, "_takes_openvino", lambda self: False)
    monkeypatch.setattr(opening, "is_keras_loaded", lambda: True)
    forget_embedders(monkeypatch)
    return fake


@pytest.fixture(autouse=True)
def keras_in_this_process(monkeypatch):
    """Run Keras in the process of the tests, where it is loaded anyway, instead of in a worker process."""
    monkeypatch.setattr(keras_worker, "is_keras_loaded", lambda: True)


def forget_embedders(monkeypatch):
    """Remove all known embedders, as in a new process."""
    monkeypatch.setattr(known_embedders, "KNOWN_EMBEDDERS", known_embedders.KnownEmbedders())


@pytest.fixture(scope="session", autouse=True)
def converting_process():
    """Convert the networks of all tests in one worker process, as starting one for each would take most of the time."""
    processes = []

    def run_in_worker(function, *arguments, callback=None, environment):
        if not processes:
            processes.append(WorkerProcess(environment))
        try:
            return processes[0].run(function, *arguments, callback=callback)
        except (Cancelled, WorkerError, MemoryError):
            processes.clear()
            raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "run_in_worker", run_in_worker)
        yield


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """Keep the tests away from the user's caches."""
    folder, of_programs = tmp_path_factory.mktemp("cache"), tmp_path_factory.mktemp("xdg")
    if os.name == "posix":
        # Programs that tests start find the networks that were converted here.
        (folder / "transfer-learning-networks").mkdir()
        (of_programs / "Orange").mkdir()
        (of_programs / "Orange" / "transfer-learning-networks").symlink_to(folder / "transfer-learning-networks")
    with pytest.MonkeyPatch.context() as patch:
        for module in (cache_folder_module, embedding_cache, opening, load_images):
            patch.setattr(module, "cache_folder", lambda: folder)
        patch.setenv("XDG_CACHE_HOME", str(of_programs))
        yield folder


def solid(color, size=(10, 12)):
    """Return an image of one color, uint8 (height, width, 3)."""
    return np.full((*size, 3), color, np.uint8)


@pytest.fixture(scope="module")
def without_graphs():
    """Run TensorFlow without graphs, as tiny networks take longer to compile than to train."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def few_trees(monkeypatch):
    """Make random forests small and quick to train."""
    monkeypatch.setattr("orangecontrib.transferlearning.training.learners.N_TREES", 12)


@pytest.fixture
def photos(tmp_path):
    """Write a/1.png (red), a/2.png (green), b/1.png (blue), b/3.png (gray) and the broken b/2.png."""
    root = tmp_path / "photos"
    colors = {"a/1.png": (255, 0, 0), "a/2.png": (0, 255, 0), "b/1.png": (0, 0, 255), "b/3.png": (90, 90, 90)}
    for name, color in colors.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(solid(color)).save(root / name)
    (root / "b" / "2.png").write_bytes(b"not an image")
    return root


@pytest.fixture
def table(tmp_path):
    """Return a function that writes a text table and returns its path."""

    def write(content, name="list.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


class MapNetworks:
    """Fake networks whose maps have, for every block of 2 x 2 pixels, its first pixel's colors and their squares.

    Blocks of MobileNet have 4 x 4 pixels; the layer "vector" gives the means.

    Attributes
    ----------
    hash : str
        Hash of the weights.
    vector : bool
        Whether the layer gives a vector instead.
    error : Exception or None
        Raised when a network is built.
    calls : list of int
        Number of images of each call.
    gate : threading.Event
        While it is clear, the engine waits.
    """

    def __init__(self):
        self.hash = "0" * 64
        self.vector = False
        self.error = None
        self.calls = []
        self.gate = threading.Event()
        self.gate.set()

    def build(self, backbone, *, pooling, layer=None, **settings):
        if self.error:
            raise self.error
        side = 4 if backbone.name == "MobileNet" else 8
        shape = (6,) if self.vector or layer == "vector" or pooling != "none" else (side, side, 6)
        return Network(None, (16, 16), layer or backbone.layer, ("fire9",), shape, self.hash, backbone.name)

    def engine(self, network, *settings):
        def forward(images):
            assert self.gate.wait(20)
            self.calls.append(len(images))
            step = 4 if network.preprocessing == "MobileNet" else 2
            blocks = images[:, ::step, ::step].astype(np.float32)
            maps = np.concatenate([blocks, blocks**2 / 255], axis=-1)
            return maps if len(network.feature_shape) == 3 else maps.mean((1, 2))

        forward.title = "Fake"
        return forward


@pytest.fixture
def map_networks(monkeypatch):
    """Give every embedder of the test one of `MapNetworks`, which is returned."""
    fake = MapNetworks()
    monkeypatch.setattr(opening, "build_network", fake.build)
    monkeypatch.setattr(opening, "open_engine", fake.engine)
    monkeypatch.setattr(opening.NetworkSpec, "_takes_openvino", lambda self: False)
    monkeypatch.setattr(opening, "is_keras_loaded", lambda: True)
    forget_embedders(monkeypatch)
    return fake
