"""Rows that change places in place."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orangecontrib.transferlearning.slices import N_AT_ONCE, move_last, parts


@given(st.integers(1, 40), st.data())
def test_chosen_rows_come_last_and_every_row_is_still_there(n, data):
    chosen = np.array(sorted(data.draw(st.sets(st.integers(0, n - 1)))), int)
    numbers = np.random.default_rng(n).permutation(n)
    features = np.column_stack([numbers, -numbers]).astype(np.float32)
    n_before = move_last(features, numbers, chosen)
    assert n_before == n - len(chosen)
    assert sorted(numbers[n_before:]) == chosen.tolist()
    assert sorted(numbers) == list(range(n))
    np.testing.assert_array_equal(features, np.column_stack([numbers, -numbers]))


def test_more_rows_than_are_swapped_at_a_time():
    n = 3 * N_AT_ONCE
    numbers = np.arange(n)
    features = numbers[:, None].astype(np.float32)
    chosen = np.arange(n - N_AT_ONCE - 7)
    move_last(features, numbers, chosen)
    assert set(numbers[-len(chosen) :]) == set(chosen)
    np.testing.assert_array_equal(features[:, 0], numbers)


def test_nothing_is_copied():
    features = np.zeros((5, 2), np.float32)
    address = features.ctypes.data
    n_before = move_last(features, np.arange(5), np.array([0]))
    assert features[:n_before].ctypes.data == address
    assert features[:n_before].flags.c_contiguous


def test_parts_cover_everything_once():
    assert [(part.start, part.stop) for part in parts(2050)] == [(0, 1024), (1024, 2048), (2048, 2050)]
    assert list(parts(0)) == []
