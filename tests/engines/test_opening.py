"""The choice of the engine: OpenVINO with a cached or new conversion, Keras in a worker process, or Keras here."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.engines import opening
from orangecontrib.transferlearning.engines.engine import UnfitError
from orangecontrib.transferlearning.engines.opening import NetworkSpec
from orangecontrib.transferlearning.engines.worker_process import WorkerError
from orangecontrib.transferlearning.errors import Cancelled, SettingError, TransferLearningError, WeightsError

SPEC = NetworkSpec(
    backbone=BACKBONES["SqueezeNet"], layer=None, pooling="auto", weights="imagenet", image_size=None, seed=0,
    engine="auto", precision="float32", batch_size=32,
)  # fmt: skip


def test_conversion_does_not_import_tensorflow(tmp_path):
    pytest.importorskip("openvino")
    code = (
        "import sys; from pathlib import Path; from dataclasses import replace\n"
        "from tests.engines.test_opening import SPEC; from orangecontrib.transferlearning.backbones.registry import *\n"
        "spec = replace(SPEC, backbone=BACKBONES['EfficientNetB0'], weights=None, image_size=(32, 32))\n"
        "spec.convert(Path(sys.argv[1]), None); print('tensorflow' in sys.modules, 'keras' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], cwd=Path(__file__).parents[2], capture_output=True, text=True,
        env=os.environ | {"KERAS_BACKEND": "openvino"}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "False True\n"), done.stderr
    assert (tmp_path / "network.xml").is_file()


@pytest.mark.parametrize("weights", ["~/w.h5", Path("~/w.h5")])
def test_home_folder_is_understood(weights, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "w.h5").write_bytes(b"weights")
    assert replace(SPEC, weights=weights)._key == replace(SPEC, weights=tmp_path / "w.h5")._key


@pytest.fixture
def asked(monkeypatch):
    """Replace the ways to open a network ("cached", "converted", "worker", "here") and list those that are tried."""
    asked = []

    def ask(name, result):
        def answer(*arguments, **settings):
            asked.append(name)
            if isinstance(result, Exception):
                raise result
            return result

        return answer

    def set_results(cached=None, converted=("facts", "OpenVINO"), worker=("facts", "worker")):
        asked.clear()
        monkeypatch.setattr(NetworkSpec, "_open_cached", ask("cached", cached))
        monkeypatch.setattr(NetworkSpec, "_open_converted", ask("converted", converted))
        monkeypatch.setattr(
            opening, "ProcessEngine", ask("worker", FakeProcessEngine() if isinstance(worker, tuple) else worker)
        )
        monkeypatch.setattr(NetworkSpec, "compile", ask("here", ("facts", "here")))

    class FakeProcessEngine:
        network = "facts"

        def __eq__(self, other):
            return other == "worker"

    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    set_results()
    return asked, set_results


def opened(asked, **settings):
    names, set_results = asked
    set_results(**{name: settings.pop(name) for name in ("cached", "converted", "worker") if name in settings})
    engine = replace(SPEC, **settings).open()[1]
    return engine, names


def installed(monkeypatch, *packages):
    monkeypatch.setattr(opening, "find_spec", lambda name: name in packages)
    opening._has_tensorflow_gpu.cache_clear()


def test_what_is_kept_comes_first(asked):
    assert opened(asked, cached=("facts", "OpenVINO")) == ("OpenVINO", ["cached"])
    assert opened(asked) == ("OpenVINO", ["cached", "converted"])


@pytest.mark.parametrize(
    ("packages", "engine", "expected"),
    [
        (["openvino", "tensorflow"], "auto", "OpenVINO"),
        (["openvino"], "auto", "OpenVINO"),
        (["tensorflow"], "auto", "worker"),
        (["openvino", "tensorflow"], "tensorflow", "worker"),
        (["openvino", "tensorflow"], "openvino", "OpenVINO"),
    ],
)
def test_what_is_installed_and_asked_for_decides(asked, monkeypatch, packages, engine, expected):
    installed(monkeypatch, *packages)
    assert opened(asked, engine=engine)[0] == expected


def test_neither_engine_is_said_in_words(asked, monkeypatch):
    installed(monkeypatch)
    with pytest.raises(SettingError, match="Neither OpenVINO nor TensorFlow is installed, .*: `pip install openvino`"):
        SPEC.open()


@pytest.mark.parametrize(
    ("backend", "engine", "expected"),
    [
        ("tensorflow", "auto", "OpenVINO"),
        ("openvino", "auto", "OpenVINO"),
        ("jax", "auto", "worker"),
        ("torch", "auto", "worker"),
        ("jax", "openvino", "OpenVINO"),
    ],
)
def test_backend_that_keras_is_set_to_decides_for_auto(asked, monkeypatch, backend, engine, expected):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setattr("orangecontrib.transferlearning.backbones.libraries.find_spec", lambda name: True)
    assert opened(asked, engine=engine)[0] == expected


@pytest.mark.parametrize(("has_gpu", "expected"), [(True, "worker"), (False, "OpenVINO"), (WorkerError(), "OpenVINO")])
@pytest.mark.parametrize("sign", ["device", "plugin"])
def test_tensorflow_is_asked_for_its_gpu_where_there_may_be_one(asked, monkeypatch, sign, has_gpu, expected):
    questions = []

    def run_in_worker(function, **settings):
        questions.append(function)
        if isinstance(has_gpu, Exception):
            raise has_gpu
        return has_gpu

    monkeypatch.setattr(opening, "run_in_worker", run_in_worker)
    monkeypatch.setattr(opening, "_GPU_DEVICES", ("/",) if sign == "device" else ())
    installed(monkeypatch, "openvino", "tensorflow", *["tensorflow-plugins"] * (sign == "plugin"))
    assert opened(asked)[0] == opened(asked)[0] == expected
    assert len(questions) == 1
    assert opened(asked, engine="openvino")[0] == "OpenVINO"
    opening._has_tensorflow_gpu.cache_clear()


def test_tensorflow_is_not_loaded_to_ask_for_a_gpu_that_cannot_be_there(asked, monkeypatch):
    monkeypatch.setattr(opening, "_GPU_DEVICES", ())
    monkeypatch.setattr(opening, "run_in_worker", lambda *_, **__: pytest.fail("asked"))
    installed(monkeypatch, "openvino", "tensorflow")
    assert opened(asked)[0] == "OpenVINO"


def test_network_that_openvino_cannot_run_is_run_by_tensorflow_which_is_said(asked, monkeypatch):
    with pytest.warns(UserWarning, match="no such operation. TensorFlow runs it"):
        assert opened(asked, converted=UnfitError("no such operation."))[0] == "worker"
    with pytest.raises(UnfitError, match="no such operation. Choose the engine 'tensorflow' or 'auto'"):
        opened(asked, converted=UnfitError("no such operation."), engine="openvino")
    installed(monkeypatch, "openvino")
    for engine in ("auto", "openvino"):
        with pytest.raises(UnfitError, match="no such operation. TensorFlow may run it: `pip install tensorflow`"):
            opened(asked, converted=UnfitError("no such operation."), engine=engine)


def test_keras_runs_networks_here_where_it_is_loaded_or_no_process_can_be_started(asked, monkeypatch):
    engine, names = opened(asked, engine="tensorflow", worker=WorkerError())
    assert (engine, names) == ("here", ["worker", "here"])
    monkeypatch.setitem(sys.modules, "keras", object())
    assert opened(asked, engine="tensorflow") == ("here", ["here"])


def test_saved_model_with_layers_known_here_only_is_opened_here(asked, monkeypatch, tmp_path):
    path = tmp_path / "own.keras"
    path.touch()
    with pytest.raises(WeightsError):
        opened(asked, converted=WeightsError("unknown layer"), weights=path)
    monkeypatch.setitem(sys.modules, "keras", object())
    assert opened(asked, converted=WeightsError("unknown layer"), weights=path)[0] == "here"
    with pytest.raises(WeightsError):
        opened(asked, converted=WeightsError("no connection"))


@pytest.fixture
def refusing(monkeypatch):
    """Return a function that lets conversions fail with an error, and returns a list of their environments."""

    def refuse(error):
        asked = []

        def run_in_worker(function, *arguments, callback, environment):
            asked.append(environment)
            raise error

        monkeypatch.setattr(opening, "run_in_worker", run_in_worker)
        monkeypatch.setattr(NetworkSpec, "_open_cached", lambda self: None)
        return asked

    return refuse


def test_conversion_is_done_by_keras_on_openvino(refusing, monkeypatch):
    asked = refusing(WeightsError())
    with pytest.raises(WeightsError):
        replace(SPEC, engine="openvino").open()
    assert asked == [{"KERAS_BACKEND": "openvino"}]


def test_lack_of_memory_for_a_conversion_says_what_helps(refusing):
    refusing(MemoryError())
    with pytest.raises(TransferLearningError, match="to prepare SqueezeNet.*close other programs, or choose a smaller"):
        replace(SPEC, engine="openvino").open()


def test_conversion_that_fails_says_why(refusing):
    refusing(WorkerError("ImportError: no such library"))
    with pytest.raises(UnfitError, match="SqueezeNet 1.1 could not be converted.*ImportError: no such library"):
        replace(SPEC, engine="openvino").open()


@pytest.mark.parametrize("engine", ["auto", "openvino", "tensorflow"])
@pytest.mark.parametrize("path", ["absent.h5", "."])
def test_weights_file_that_is_not_there_is_refused_before_anything_is_loaded(refusing, engine, path):
    asked = refusing(WorkerError())
    with pytest.raises(WeightsError, match="There is no weights file"):
        replace(SPEC, engine=engine, weights=path).open()
    assert asked == []


def test_weights_file_that_vanishes_is_left_to_whoever_loads_it(tmp_path):
    assert replace(SPEC, weights=tmp_path / "absent.h5")._key is None
    assert replace(SPEC, weights=tmp_path / "absent.h5")._open_cached() is None


@pytest.mark.parametrize("error", [WeightsError(), Cancelled()])
def test_conversion_that_is_refused_or_cancelled_leaves_nothing(refusing, error, cache_folder):
    refusing(error)
    with pytest.raises(type(error)):
        replace(SPEC, engine="openvino").open()
    assert list(cache_folder.rglob(".making-*")) == []


def test_one_network_is_converted_at_a_time_and_who_waits_can_cancel(refusing):
    asked = refusing(WeightsError())

    def stop(fraction):
        raise Cancelled("cancelled")

    with opening._converting, pytest.raises(Cancelled):
        replace(SPEC, engine="openvino").open(stop)
    assert asked == []
