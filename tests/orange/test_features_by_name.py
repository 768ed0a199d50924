"""What is remembered of an object goes with it, or after a while."""

import gc

import numpy as np
import pytest

from orangecontrib.transferlearning.orange import features_by_name as remembered
from orangecontrib.transferlearning.orange.features_by_name import KEPT_SECONDS, N_KEPT, ImageFeatures, WeakCache
from orangecontrib.transferlearning.records import Embeddings, Skipped


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(remembered.time, "monotonic", lambda: now[0])
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


def of(names, skipped=()):
    features = np.array([[len(name), 2 * len(name)] for name in names], np.float32).reshape(len(names), 2)
    return ImageFeatures.of(Embeddings(list(names), features, [], [Skipped(name, "broken") for name in skipped]))


def test_a_column_has_a_value_for_each_name_and_none_for_images_without():
    known = of(["a", "bbb"], ["x"])
    rows = known.rows_of(["bbb", "x", "", "a", "a"])
    np.testing.assert_array_equal(known.column(rows, 1), [6, np.nan, np.nan, 2, 2])
    assert known.reasons == {"x": "broken"}


def test_others_are_put_beside():
    for parts in (
        [of(["a"], ["x"]), of(["bb"], ["y"])],
        [ImageFeatures(), of(["a", "bb"], ["y", "x"])],
        [of([], ["x"]), of(["bb"]), of([], ["y"]), of(["a"])],
    ):
        first, *others = parts
        for other in others:
            first = first.joined(other)
        column = first.column(first.rows_of(["a", "bb", "x", "y", ""]), 0)
        np.testing.assert_array_equal(column, [1, 2, np.nan, np.nan, np.nan])
        assert set(first.reasons) == {"x", "y"}


def test_nothing_is_known_of_no_image():
    empty = ImageFeatures()
    assert empty.column(empty.rows_of([]), 5).shape == (0,)
    np.testing.assert_array_equal(empty.column(empty.rows_of(["", ""]), 5), [np.nan, np.nan])
