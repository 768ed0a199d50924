"""Work in a process of its own: what it gives, says and raises, and how it ends."""

import os
import signal
import sys

import pytest

from orangecontrib.transferlearning import apart
from orangecontrib.transferlearning.apart import ApartError, run_apart
from orangecontrib.transferlearning.errors import Cancelled, TransferLearningError, WeightsError

WORK = """
import os, signal, time
from pathlib import Path
from orangecontrib.transferlearning.errors import WeightsError

def add(one, other, callback):
    print("libraries say this and that")
    callback(0.25)
    return one + other, os.getpid()

def refuse(callback):
    raise WeightsError("no such file")

def stumble(callback):
    1 / 0

def die(callback):
    os.kill(os.getpid(), signal.SIGKILL)

def wait_for_file(path, callback):
    while not Path(path).exists():
        time.sleep(0.01)
    return "seen"

def go_on(path, callback):
    try:
        while True:
            callback(0.5)
            time.sleep(0.01)
    finally:
        Path(path).write_text("cleaned up")
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module that only this process knows where to find."""
    (tmp_path / "apart_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    import apart_work

    yield apart_work
    del sys.modules["apart_work"]


def test_result_and_progress_come_from_another_process(work):
    told = []
    total, process = run_apart(work.add, 2, 3, callback=told.append)
    assert total == 5
    assert process != os.getpid()
    assert 0.25 in told
    assert set(told) <= {0.25, 1}


def test_callback_is_asked_while_the_work_is_silent(work, tmp_path):
    path = tmp_path / "file"
    assert run_apart(work.wait_for_file, str(path), callback=lambda fraction: path.touch()) == "seen"


def test_errors_that_are_raised_on_purpose_come_back(work):
    with pytest.raises(WeightsError, match="no such file"):
        run_apart(work.refuse)


def test_other_errors_say_that_it_may_be_tried_here(work):
    with pytest.raises(ApartError, match="ended with code 1"):
        run_apart(work.stumble)
    assert not issubclass(ApartError, TransferLearningError)


def test_work_that_is_cancelled_cleans_up_and_ends(work, tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "GRACE", 20)
    path = tmp_path / "said"

    def stop(fraction):
        if fraction == 0.5:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        run_apart(work.go_on, str(path), callback=stop)
    if os.name == "posix":  # Windows has no gentle way to end a process.
        assert path.read_text() == "cleaned up"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no process is killed like that")
def test_process_that_the_system_kills_had_too_little_memory(work):
    with pytest.raises(MemoryError, match="not enough memory"):
        run_apart(work.die)


def test_no_process_is_started_where_there_is_no_interpreter(work, monkeypatch):
    for executable in ("", "/no/such/python"):
        monkeypatch.setattr(sys, "executable", executable)
        with pytest.raises(ApartError):
            run_apart(work.refuse)
