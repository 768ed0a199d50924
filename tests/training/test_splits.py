"""Rows are chosen for the test, for validation and for folds."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orangecontrib.transferlearning.errors import SettingError, TrainingError
from orangecontrib.transferlearning.training.splits import (
    SWAP_ROWS,
    choose_share,
    choose_test_rows,
    iterate_folds,
    move_last,
    parts,
)

LABELS = np.repeat([0.0, 1.0], [40, 20])


def test_test_has_its_share_of_every_class():
    test = choose_test_rows(LABELS, ("a", "b"), 0.25, 5, 0)
    assert np.bincount(LABELS[test].astype(int)).tolist() == [10, 5]


def test_same_seed_gives_the_same_rows_and_another_gives_others():
    one, same, other = (choose_test_rows(LABELS, ("a", "b"), 0.25, 5, seed).tolist() for seed in (3, 3, 4))
    assert one == same != other


def test_every_row_is_held_out_once_with_its_share_of_classes():
    folds = list(iterate_folds(LABELS, False, 5, 0))
    assert sorted(np.concatenate(folds)) == list(range(60))
    assert [np.bincount(LABELS[fold].astype(int)).tolist() for fold in folds] == [[8, 4]] * 5


@pytest.mark.parametrize(
    "counts, n_folds, message",
    [
        ([20, 1], 5, "Class b has 1 image, and 5 folds and the test together need 7: embed more"),
        ([20, 5], 5, r"Class b has 5 images, and 5 folds and the test together need 7: choose --folds 4, or embed"),
        ([2, 2], 2, "A test on 0.25 of 4 images has 1, and 2 are needed"),
        ([6, 20], 6, "Class a has 6 images, and 6 folds and the test together need 8: choose --folds 4, or embed"),
    ],
)
def test_too_few_images_are_refused_with_a_way_out(counts, n_folds, message):
    with pytest.raises(TrainingError, match=message):
        choose_test_rows(np.repeat([0.0, 1.0], counts), ("a", "b"), 0.25, n_folds, 0)


@pytest.mark.parametrize("n_there, n_others, n_folds, test_size", [(1, 20, 5, 0.25), (5, 20, 5, 0.25), (3, 9, 4, 0.5)])
def test_number_of_images_that_is_named_is_enough(n_there, n_others, n_folds, test_size):
    def choose(n):
        labels = np.repeat([0.0, 1.0], [n_others, n])
        return labels, choose_test_rows(labels, ("a", "b"), test_size, n_folds, 0)

    with pytest.raises(TrainingError) as refusal:
        choose(n_there)
    labels, test = choose(int(re.search(r"together need (\d+)", str(refusal.value))[1]))
    assert np.bincount(np.delete(labels, test).astype(int)).min() >= n_folds


@pytest.mark.parametrize("test_size, n_left", [(0.95, 1), (0.99, 0)])
def test_test_that_leaves_too_little_to_train_on_is_refused(test_size, n_left):
    message = f"A test on {test_size} of 20 images leaves {n_left} to train on, and 5 folds of 2 classes need 10"
    with pytest.raises(TrainingError, match=message):
        choose_test_rows(np.repeat([0.0, 1.0], 10), ("a", "b"), test_size, 5, 0)
    with pytest.raises(TrainingError, match=f"{n_left} of 20 images {'is' if n_left == 1 else 'are'} left to train on"):
        choose_test_rows(np.arange(20.0), (), test_size, 5, 0)


def test_too_few_numbers_for_the_folds_are_refused():
    with pytest.raises(TrainingError, match="9 of 12 images are left to train on, too few for 5 folds"):
        choose_test_rows(np.arange(12.0), (), 0.25, 5, 0)


def test_numbers_that_are_all_the_same_are_refused():
    with pytest.raises(TrainingError, match="All 40 labels are 3: there is nothing to predict"):
        choose_test_rows(np.full(40, 3.0), (), 0.25, 5, 0)


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
    n = 3 * SWAP_ROWS
    numbers = np.arange(n)
    features = numbers[:, None].astype(np.float32)
    chosen = np.arange(n - SWAP_ROWS - 7)
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


def test_share_takes_from_every_class_and_leaves_some():
    class_indices = np.repeat([0.0, 1.0, 2.0], [10, 5, 1])
    chosen = choose_share(class_indices, False, 0.4, 0)
    np.testing.assert_array_equal(np.bincount(class_indices[chosen].astype(int), minlength=3), [4, 2, 0])
    np.testing.assert_array_equal(chosen, choose_share(class_indices, False, 0.4, 0))
    assert len(choose_share(class_indices, True, 0.25, 0)) == 4
    assert len(choose_share(class_indices, False, 0.0, 0)) == 0


def test_share_of_nothing_is_refused():
    with pytest.raises(TrainingError, match="less than one image of any class: choose a larger share, or 0"):
        choose_share(np.array([0.0, 0, 1, 1]), False, 0.4, 0)
    with pytest.raises(TrainingError, match="No two images are of the same class, .* choose 0 as its share"):
        choose_share(np.arange(4.0), False, 0.5, 0)
    with pytest.raises(SettingError, match="not 1"):
        choose_share(np.arange(4.0), False, 1, 0)


def test_all_rare_classes_are_named_at_once_with_a_way_to_leave_them_out():
    counts, classes = [1, 20, 2, 6, 20], ("a", "b", "c", "d", "e")
    message = (
        "3 of 5 classes have too few images: a (1), c (2), d (6). 5 folds and the test together need 7 of each: "
        "embed more images of them, or leave them out with --min-images 7."
    )
    with pytest.raises(TrainingError) as refusal:
        choose_test_rows(np.repeat(np.arange(5.0), counts), classes, 0.25, 5, 0)
    assert str(refusal.value) == message
    many = np.repeat(np.arange(60.0), [1] * 59 + [9])
    with pytest.raises(TrainingError, match="59 of 60 classes have too few images: 0 \\(1\\), 1 \\(1\\), 2"):
        choose_test_rows(many, tuple(map(str, range(60))), 0.25, 1, 0)
