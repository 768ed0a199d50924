"""Functions in a worker process: their results, progress and errors, and its end."""

import os
import signal
import subprocess
import sys
import time

import pytest

from orangecontrib.transferlearning.engines import worker_process
from orangecontrib.transferlearning.engines.worker_process import WorkerError, run_in_worker
from orangecontrib.transferlearning.errors import Cancelled, TransferLearningError, WeightsError

WORK = """
import os, signal, time
from pathlib import Path
from orangecontrib.transferlearning.errors import WeightsError

def add(one, other, callback):
    print("libraries say this and that")
    callback(0.25)
    return one + other, os.getpid()

def variable(name, callback):
    return os.environ.get(name)

def refuse(callback):
    raise WeightsError("no such file")

class Late(WeightsError):
    def __init__(self, one, other):
        super().__init__(f"{one} {other}")

def refuse_in_two_words(callback):
    raise Late("no", "file")

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
    """A module in a folder that is only in the search path of this process."""
    (tmp_path / "worker_functions.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    import worker_functions

    yield worker_functions
    del sys.modules["worker_functions"]


def test_result_and_progress_come_from_another_process(work):
    fractions = []
    total, process = run_in_worker(work.add, 2, 3, callback=fractions.append)
    assert total == 5
    assert process != os.getpid()
    assert 0.25 in fractions
    assert set(fractions) <= {0.25, 1}


def test_callback_is_asked_while_the_work_is_silent(work, tmp_path):
    path = tmp_path / "file"
    assert run_in_worker(work.wait_for_file, str(path), callback=lambda fraction: path.touch()) == "seen"


def test_errors_that_are_raised_on_purpose_come_back(work):
    with pytest.raises(WeightsError, match="no such file"):
        run_in_worker(work.refuse)


def test_other_errors_say_what_went_wrong_there(work):
    with pytest.raises(WorkerError, match="^ZeroDivisionError: division by zero$"):
        run_in_worker(work.stumble)
    assert not issubclass(WorkerError, TransferLearningError)


def test_environment_variables_reach_the_other_process_and_no_further(work):
    assert run_in_worker(work.variable, "WORKER", environment={"WORKER": "yes"}) == "yes"
    assert "WORKER" not in os.environ
    assert run_in_worker(work.variable, "WORKER") is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_answer_that_cannot_be_read_is_a_worker_error(work):
    # An error with two arguments cannot be unpickled.
    with pytest.raises(WorkerError, match="cannot be read"):
        run_in_worker(work.refuse_in_two_words)


def test_work_ends_and_cleans_up_when_the_process_that_asked_is_killed(work, tmp_path):
    path = tmp_path / "said"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import worker_functions\n"
        "from orangecontrib.transferlearning.engines.worker_process import run_in_worker\n"
        "tell = lambda fraction: fraction == 0.5 and print('on', flush=True)\n"
        "run_in_worker(worker_functions.go_on, sys.argv[2], callback=tell)"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout.readline() == "on\n"
        asking.kill()
    for _ in range(600):
        if path.exists() and path.read_text():
            break
        time.sleep(0.1)
    assert path.read_text() == "cleaned up"


def test_modules_are_found_where_the_working_folder_is_gone(work, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.syspath_prepend("")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert run_in_worker(work.add, 2, 3)[0] == 5


@pytest.fixture(params=["heard", "ignored"])
def interrupts(request):
    """React to Ctrl-C, or ignore it like a process in the background of a shell."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler if request.param == "heard" else signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_work_that_is_cancelled_cleans_up_and_ends(work, tmp_path, monkeypatch):
    monkeypatch.setattr(worker_process, "GRACE", 20)
    path = tmp_path / "said"

    def stop(fraction):
        if fraction == 0.5:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        run_in_worker(work.go_on, str(path), callback=stop)
    assert path.read_text() == "cleaned up"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")
def test_process_that_the_system_kills_had_too_little_memory(work):
    with pytest.raises(MemoryError, match="not enough memory"):
        run_in_worker(work.die)


def test_no_process_is_started_where_there_is_no_interpreter(work, monkeypatch):
    for executable in ("", "/no/such/python"):
        monkeypatch.setattr(sys, "executable", executable)
        with pytest.raises(WorkerError):
            run_in_worker(work.refuse)
