"""Rows for the test and for the folds."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import TrainingError
from orangecontrib.transferlearning.splits import choose_test_rows, iterate_folds

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
        ([20, 1], 5, "Class b has 1 picture, and 5 folds need 2: embed more"),
        ([20, 5], 5, r"Class b has 4 pictures to train on, and 5 folds need 5: say --folds 4, or embed"),
        ([2, 2], 2, "A test on 0.25 of 4 pictures has 1, and 2 are needed"),
        ([6, 20], 6, "Class a has 4 pictures to train on, and 6 folds need 6: say --folds 4, or embed"),
    ],
)
def test_too_few_pictures_are_refused_with_a_way_out(counts, n_folds, message):
    with pytest.raises(TrainingError, match=message):
        choose_test_rows(np.repeat([0.0, 1.0], counts), ("a", "b"), 0.25, n_folds, 0)


def test_too_few_numbers_for_the_folds_are_refused():
    with pytest.raises(TrainingError, match="9 of 12 pictures are left to train on, too few for 5 folds"):
        choose_test_rows(np.arange(12.0), (), 0.25, 5, 0)


def test_numbers_that_are_all_the_same_are_refused():
    with pytest.raises(TrainingError, match="All 40 labels are 3: there is nothing to predict"):
        choose_test_rows(np.full(40, 3.0), (), 0.25, 5, 0)
