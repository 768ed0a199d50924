"""Functions that use Keras in a worker process, which is kept for the next call."""

import os
import signal
import threading
import time

import pytest

from orangecontrib.transferlearning.engines import keras_worker
from orangecontrib.transferlearning.engines.keras_worker import KerasWorkers, run_keras
from orangecontrib.transferlearning.errors import Cancelled, SettingError, TransferLearningError

WORK = """
import os, time
from orangecontrib.transferlearning.errors import SettingError

def count(n, *, callback, tell):
    for number in range(n):
        callback(number / n)
        if tell(1, number):
            break
        time.sleep(0.06)
    return number, os.getpid()

def refuse(*, callback, tell):
    raise SettingError("not like this")

def wait(*, callback, tell):
    while True:
        callback(0.5)
        time.sleep(0.01)

def die(*, callback, tell):
    os._exit(3)
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """Functions for a worker process, which runs them although Keras is loaded in this one."""
    (tmp_path / "keras_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(keras_worker, "is_keras_loaded", lambda: False)
    workers = KerasWorkers()
    monkeypatch.setattr(keras_worker, "KERAS_WORKERS", workers)
    import keras_work

    yield keras_work
    workers.close()


def test_each_call_is_told_to_this_process_which_can_end_the_work(work):
    told, fractions = [], []
    number, pid = run_keras(
        work.count, 9, callback=fractions.append, tell=lambda *each: told.append(each) or each[1] == 4
    )
    assert (number, told) == (4, [(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)])
    assert fractions == sorted(fractions)
    assert 0 < fractions[-1] < 1
    assert pid != os.getpid()


def test_process_is_kept_for_the_next_call_unless_it_has_ended(work):
    _, first = run_keras(work.count, 1)
    assert run_keras(work.count, 1) == (0, first)
    os.kill(first, signal.SIGKILL)
    time.sleep(0.3)
    _, second = run_keras(work.count, 1)
    assert second != first


def test_cancelled_work_ends_with_its_process(work):
    _, first = run_keras(work.count, 1)

    def cancel(fraction):
        if fraction == 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_keras(work.wait, callback=cancel)
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert run_keras(work.count, 1)[1] != first


def test_errors_of_the_function_and_of_the_process_are_raised(work):
    with pytest.raises(SettingError, match="not like this"):
        run_keras(work.refuse)
    with pytest.raises(TransferLearningError, match=r"Keras stopped in its worker process \(.* ended with code 3\)"):
        run_keras(work.die)


def test_calls_at_the_same_time_have_processes_of_their_own(work):
    found = []
    threads = [threading.Thread(target=lambda: found.append(run_keras(work.count, 8)[1])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 2
    assert run_keras(work.count, 1)[1] in found


def test_idle_process_ends_after_a_while(work, monkeypatch):
    monkeypatch.setattr(keras_worker, "IDLE_SECONDS", 0.1)
    _, pid = run_keras(work.count, 1)
    deadline = time.monotonic() + 5
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
        time.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_module_of_a_folder_that_is_added_to_the_path_later_is_found(work, tmp_path, monkeypatch):
    _, pid = run_keras(work.count, 1)
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "later_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path / "later")
    import later_work

    assert run_keras(later_work.count, 1) == (0, pid)


def test_keras_of_this_process_is_used_if_it_is_loaded(work, monkeypatch):
    monkeypatch.setattr(keras_worker, "is_keras_loaded", lambda: True)
    assert run_keras(work.count, 3, callback=lambda fraction: None, tell=lambda *each: None) == (2, os.getpid())
