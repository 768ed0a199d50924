"""A network that another process runs: its features, its errors, and how it begins anew."""

import signal
import sys

import numpy as np
import pytest

from orangecontrib.transferlearning import opening, waiting
from orangecontrib.transferlearning.embedder import Embedder
from orangecontrib.transferlearning.engine_apart import EngineApart
from orangecontrib.transferlearning.errors import Cancelled, TransferLearningError

from .conftest import solid

WORK = """
import os, signal
import numpy as np
from orangecontrib.transferlearning.networks import Network

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

class Choice:
    def build(self, callback):
        callback(0.5)
        return Network(None, (8, 8), "fire9", (), (4,), "0" * 64), Engine()
"""


@pytest.fixture
def choice(tmp_path, monkeypatch):
    """Stands for `NetworkChoice`: means of colours, and the number of the process that computes them."""
    (tmp_path / "apart_network.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    import apart_network

    yield apart_network.Choice()
    del sys.modules["apart_network"]


def batch(value):
    return np.full((2, 8, 8, 3), value, np.uint8)


def test_another_process_computes_all_batches_and_ends_with_the_engine(choice):
    told = []
    engine = EngineApart(choice, told.append)
    assert 0.5 in told
    assert (engine.title, engine.network.layer) == ("Fake", "fire9")
    first, second = engine(batch(7)), engine(batch(9))
    assert first[0].tolist()[:3] == [7, 7, 7]
    assert second[1].tolist()[:3] == [9, 9, 9]
    assert first[0, 3] == second[0, 3]
    process = engine._process._process
    del engine
    assert process.poll() is not None


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
def test_after_an_error_the_next_batch_begins_anew(choice, value, kind):
    engine = EngineApart(choice, None)
    with pytest.raises(kind):
        engine(batch(value))
    assert engine(batch(5))[0, 0] == 5


def test_opening_can_be_cancelled(choice):
    def stop(fraction):
        raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        EngineApart(choice, stop)


def test_where_there_is_a_window_networks_are_run_apart_and_give_the_same_features(monkeypatch, cache_folder):
    settings = {"image_size": (64, 64), "engine": "tensorflow"}
    pictures = [solid(90), solid(30)]
    here = Embedder(**settings)
    expected = here.transform(pictures).features
    monkeypatch.setattr(opening, "has_keras", lambda: False)
    monkeypatch.setattr(waiting, "_waiter", lambda work, title: work(None))
    apart = Embedder(**settings)
    np.testing.assert_allclose(apart.transform(pictures).features, expected, rtol=1e-4)
    assert isinstance(apart._loaded[1], EngineApart)
    assert apart.fingerprint == here.fingerprint
    assert apart.engine_title == "TensorFlow"
