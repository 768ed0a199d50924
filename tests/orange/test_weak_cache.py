"""Results are kept until their object is deleted, or for a while."""

import gc

import numpy as np
import pytest

from orangecontrib.transferlearning.orange import weak_cache
from orangecontrib.transferlearning.orange.weak_cache import KEPT_SECONDS, N_KEPT, WeakCache


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(weak_cache.time, "monotonic", lambda: now[0])
    return now


def test_result_is_found_by_the_object_itself_and_the_key():
    memory, one, same = WeakCache(), np.zeros(3), np.zeros(3)
    memory.keep(one, "sum", 0)
    assert memory.find(one, "sum") == 0
    assert memory.find(one, "mean") is None
    assert memory.find(same, "sum") is None
    memory.keep(one, "sum", 7)
    assert memory.find(one, "sum") == 7


def test_result_goes_with_its_object():
    memory, one = WeakCache(), np.zeros(3)
    memory.keep(one, "sum", np.zeros(5))
    gc.disable()
    del one
    gc.enable()
    assert memory._kept == {}


def test_result_goes_some_time_after_its_last_use(clock):
    memory, one, other = WeakCache(), np.zeros(3), np.zeros(3)
    memory.keep(one, "sum", 7)
    memory.keep(other, "sum", 8)
    for _ in range(3):
        clock[0] += KEPT_SECONDS - 1
        assert memory.find(one, "sum") == 7
    assert memory.find(other, "sum") is None
    clock[0] += KEPT_SECONDS + 1
    assert memory.find(one, "sum") is None


def test_few_results_are_kept_those_that_were_used_last():
    memory, arrays = WeakCache(), [np.zeros(1) for _ in range(N_KEPT + 1)]
    for array in arrays[:-1]:
        memory.keep(array, "sum", 1)
    memory.find(arrays[0], "sum")
    memory.keep(arrays[-1], "sum", 1)
    assert [memory.find(array, "sum") for array in arrays] == [1, None, *[1] * (N_KEPT - 1)]
