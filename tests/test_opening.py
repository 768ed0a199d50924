"""When a network is taken that is kept in OpenVINO's form, when another process makes it, and when this one does."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from orangecontrib.transferlearning import opening, waiting
from orangecontrib.transferlearning.apart import ApartError
from orangecontrib.transferlearning.backbones import BACKBONES
from orangecontrib.transferlearning.engine import UnfitError
from orangecontrib.transferlearning.errors import Cancelled, TransferLearningError, WeightsError
from orangecontrib.transferlearning.networks import Network
from orangecontrib.transferlearning.opening import NetworkChoice

CHOICE = NetworkChoice(
    backbone=BACKBONES["SqueezeNet"], layer=None, pooling="auto", weights="imagenet", image_size=None, seed=0,
    engine="auto", precision="float32", batch_size=32,
)  # fmt: skip


def test_what_one_choice_of_engine_keeps_is_not_taken_by_another(monkeypatch):
    # "openvino" may have been chosen on a computer whose GPU "auto" would take.
    key = replace(CHOICE)._key
    assert key != replace(CHOICE, engine="openvino")._key
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert replace(CHOICE)._key != key


def test_nothing_is_kept_for_tensorflow_or_of_random_weights():
    assert replace(CHOICE, engine="tensorflow")._kept() is None
    assert replace(CHOICE, weights=None)._kept() is None


@pytest.mark.parametrize("weights", ["~/w.h5", Path("~/w.h5")])
def test_home_folder_is_understood(weights, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "w.h5").write_bytes(b"weights")
    assert replace(CHOICE, weights=weights)._key == replace(CHOICE, weights=tmp_path / "w.h5")._key


@pytest.fixture
def without_keras(monkeypatch):
    """As in a process that has not loaded Keras."""
    pytest.importorskip("openvino")
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)


def test_keras_is_needed_here_where_openvino_is_not_what_runs_networks(without_keras, monkeypatch, cache_folder):
    choice = replace(CHOICE, image_size=(40, 40))
    assert not choice.needs_keras()
    assert replace(choice, engine="tensorflow").needs_keras()
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert choice.needs_keras()
    assert not replace(choice, engine="openvino").needs_keras()
    monkeypatch.setitem(sys.modules, "keras", object())
    assert replace(choice, engine="openvino").needs_keras()


@pytest.fixture
def built_here(without_keras, monkeypatch):
    """Engines that networks are built for in this process, and how often another one was asked before."""
    built = []

    def open_engine(network, batch_size, engine, precision, convert):
        built.append(engine)
        return "engine"

    monkeypatch.setattr(waiting, "_waiter", waiting._wait)
    monkeypatch.setattr(NetworkChoice, "_kept", lambda self: None)
    monkeypatch.setattr(opening, "_refused", set())
    monkeypatch.setattr(opening, "build_network", lambda *_, **__: Network(None, None, "", (), (1,), ""))
    monkeypatch.setattr(opening, "open_engine", open_engine)
    return built


@pytest.mark.parametrize(("error", "engine"), [(ApartError(), "auto"), (UnfitError(), "tensorflow")])
def test_network_is_built_here_where_no_other_process_can(built_here, monkeypatch, error, engine):
    asked = refuse(monkeypatch, error)
    assert CHOICE.open()[1] == "engine"
    assert built_here == [engine]
    assert len(asked) == 1


def refuse(monkeypatch, error):
    asked = []

    def run_apart(function, *arguments, callback):
        asked.append(arguments)
        raise error

    monkeypatch.setattr(opening, "run_apart", run_apart)
    return asked


def test_process_that_was_of_no_use_is_not_asked_again(built_here, monkeypatch):
    asked = refuse(monkeypatch, ApartError())
    CHOICE.open()
    CHOICE.open()
    assert len(asked) == 1
    assert built_here == ["auto", "auto"]


def test_lack_of_memory_for_a_conversion_says_what_helps(built_here, monkeypatch, cache_folder):
    refuse(monkeypatch, MemoryError())
    with pytest.raises(TransferLearningError, match="to prepare SqueezeNet.*close other programs, or choose a smaller"):
        CHOICE.open()
    assert built_here == []


@pytest.mark.parametrize("engine", ["auto", "openvino", "tensorflow"])
@pytest.mark.parametrize("path", ["absent.h5", "."])
def test_weights_file_that_is_not_there_is_refused_before_anything_is_loaded(built_here, monkeypatch, engine, path):
    asked = refuse(monkeypatch, ApartError())
    with pytest.raises(WeightsError, match="There is no weights file"):
        replace(CHOICE, engine=engine, weights=path).open()
    assert asked == built_here == []


def test_weights_file_that_vanishes_is_left_to_whoever_loads_it(tmp_path):
    assert replace(CHOICE, weights=tmp_path / "absent.h5")._key is None
    assert replace(CHOICE, weights=tmp_path / "absent.h5")._kept() is None


@pytest.mark.parametrize(
    ("error", "engine"), [(WeightsError(), "auto"), (Cancelled(), "auto"), (UnfitError(), "openvino")]
)
def test_what_another_process_refuses_is_not_tried_again(built_here, monkeypatch, error, engine, cache_folder):
    refuse(monkeypatch, error)
    with pytest.raises(type(error)):
        replace(CHOICE, engine=engine).open()
    assert built_here == []
    assert list(cache_folder.rglob(".making-*")) == []


def test_one_process_makes_networks_at_a_time_and_who_waits_can_cancel(built_here, monkeypatch):
    asked = refuse(monkeypatch, ApartError())

    def stop(fraction):
        raise Cancelled("cancelled")

    with opening._making, pytest.raises(Cancelled):
        CHOICE.open(stop)
    assert asked == []
    CHOICE.open(stop)
    assert len(asked) == 1
