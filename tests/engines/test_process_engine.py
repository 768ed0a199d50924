"""A network in a worker process: its features, its errors, and its restart."""

import signal
import sys

import keras  # noqa: F401 - networks run in this process if Keras is loaded
import numpy as np
import pytest

from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.engines import opening, process_engine
from orangecontrib.transferlearning.engines.keras_worker import KerasWorkers
from orangecontrib.transferlearning.engines.process_engine import ProcessEngine
from orangecontrib.transferlearning.errors import Cancelled, TransferLearningError

from ..conftest import solid

WORK = """
import os, signal
import numpy as np
from orangecontrib.transferlearning.backbones.network import Network

class Engine:
    title = "Fake"

    def __call__(self, images):
        asked = images.max()
        if asked == 255:
            os.kill(os.getpid(), signal.SIGKILL)
        if asked == 254:
            raise MemoryError("too many at once")
        if asked == 253:
            raise ZeroDivisionError
        return np.column_stack([images.mean((1, 2)), np.full(len(images), os.getpid())])

def compile(callback):
    callback(0.5)
    return Network(None, (8, 8), "fire9", (), (4,), "0" * 64, "SqueezeNet"), Engine()
"""


@pytest.fixture(autouse=True)
def workers(monkeypatch):
    """The kept worker process of a test."""
    workers = KerasWorkers()
    monkeypatch.setattr(process_engine, "KERAS_WORKERS", workers)
    yield workers
    workers.close()


@pytest.fixture
def compile_network(tmp_path, monkeypatch):
    """A function that compiles a network whose features are mean colors and the id of its process."""
    (tmp_path / "worker_network.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    import worker_network

    yield worker_network.compile
    del sys.modules["worker_network"]


def batch(value):
    return np.full((2, 8, 8, 3), value, np.uint8)


def test_another_process_computes_all_batches_and_is_kept_after_the_engine(compile_network, workers):
    fractions = []
    engine = ProcessEngine(compile_network, {}, fractions.append)
    assert 0.5 in fractions
    assert (engine.title, engine.network.layer) == ("Fake", "fire9")
    first, second = engine(batch(7)), engine(batch(9))
    assert first[0].tolist()[:3] == [7, 7, 7]
    assert second[1].tolist()[:3] == [9, 9, 9]
    assert first[0, 3] == second[0, 3]
    process = engine._process
    del engine
    assert process.is_running
    assert ProcessEngine(compile_network, {}, None)(batch(7))[0, 3] == first[0, 3]
    workers.close()
    assert not process.is_running


def test_process_of_another_backend_ends_with_the_engine(compile_network):
    engine = ProcessEngine(compile_network, {"KERAS_BACKEND": "tensorflow"}, None)
    process = engine._process
    del engine
    assert not process.is_running


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param(
            255, MemoryError, marks=pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="as on Windows")
        ),
        (254, MemoryError),
        (253, TransferLearningError),
    ],
)
def test_after_an_error_the_next_batch_begins_anew(compile_network, value, kind):
    engine = ProcessEngine(compile_network, {}, None)
    with pytest.raises(kind):
        engine(batch(value))
    assert engine(batch(5))[0, 0] == 5


def test_opening_can_be_cancelled(compile_network):
    def stop(fraction):
        raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        ProcessEngine(compile_network, {}, stop)


def test_networks_of_keras_run_in_a_worker_where_it_is_not_loaded_and_give_the_same_features(monkeypatch, cache_folder):
    settings = {"backbone": "SqueezeNet", "image_size": (64, 64), "engine": "tensorflow"}
    images = [solid(90), solid(30)]
    here = Embedder(**settings)
    expected = here.transform(images).features
    assert not isinstance(here._loaded[0][1], ProcessEngine)
    monkeypatch.setattr(opening, "is_keras_loaded", lambda: False)
    in_worker = Embedder(**settings)
    np.testing.assert_allclose(in_worker.transform(images).features, expected, rtol=1e-4)
    assert isinstance(in_worker._loaded[0][1], ProcessEngine)
    assert in_worker.fingerprint == here.fingerprint
    assert in_worker.engine_title == "TensorFlow"
