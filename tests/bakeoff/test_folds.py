"""Folds are those of Orange, keep groups whole, and are refused in words where there are too few images."""

import numpy as np
import pytest
from Orange.evaluation import CrossValidation

from orangecontrib.transferlearning.bakeoff.folds import make_folds
from orangecontrib.transferlearning.bakeoff.scoring import feature_table
from orangecontrib.transferlearning.errors import TrainingError

CLASSES = ("a", "b")
CODES = np.repeat([0, 1], [12, 18])


@pytest.mark.parametrize("seed", [0, 42])
def test_folds_are_those_of_orange(seed):
    indices = CrossValidation(k=3, random_state=seed).get_indices(feature_table(np.zeros((30, 1)), CODES, CLASSES))
    folds = make_folds(CODES, CLASSES, 3, seed)
    for fold, (_, held_out) in enumerate(indices):
        np.testing.assert_array_equal(np.flatnonzero(folds == fold), held_out)


def test_groups_are_never_split_and_classes_are_spread():
    groups = np.arange(30) // 3
    for seed in range(5):
        folds = make_folds(CODES, CLASSES, 3, seed, groups)
        assert all(len(set(folds[groups == group])) == 1 for group in range(10))
        assert np.bincount(folds[CODES == 1], minlength=3).tolist() == [6, 6, 6]
    assert len({tuple(make_folds(CODES, CLASSES, 3, seed, groups)) for seed in range(5)}) > 1


@pytest.mark.parametrize(
    "counts, groups, message",
    [
        ((4, 9), None, r"1 of 2 classes has too few images: a \(4\). 5 folds need 5 of each: choose 4 folds, or add"),
        ((1, 9), None, r"a \(1\). 5 folds need 5 of each: add images of it\.$"),
        ((6, 6), [0] * 6 + [1, 2, 3] * 2, "There are 4 groups, and 5 folds need 5: choose 4 folds, or add images"),
        ((6, 6), [0] * 6 + [1, 2, 3, 4, 5, 6], "All images of class a are in one group"),
    ],
)
def test_too_few_images_or_groups_are_told_in_a_sentence(counts, groups, message):
    with pytest.raises(TrainingError, match=message):
        make_folds(np.repeat([0, 1], counts), CLASSES, 5, 0, None if groups is None else np.array(groups))


def test_rare_classes_of_several_may_be_left_out():
    with pytest.raises(TrainingError, match=r"or leave out classes of fewer than 5 images\.$"):
        make_folds(np.repeat([0, 1, 2], [3, 9, 9]), ("a", "b", "c"), 5, 0)
