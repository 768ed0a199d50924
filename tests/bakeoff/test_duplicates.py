"""The same photograph is found by its features, and kept in one fold on demand."""

import numpy as np

from orangecontrib.transferlearning.bakeoff import duplicates
from orangecontrib.transferlearning.bakeoff.duplicates import find_duplicates, join_duplicates

FEATURES = np.random.default_rng(0).standard_normal((20, 30)).astype(np.float32)
FEATURES[7] = 3 * FEATURES[2]
FEATURES[11] = FEATURES[2] + 0.01
FEATURES[19] = FEATURES[18]
FEATURES[4] = FEATURES[5] = 0


def test_pairs_are_counted_and_those_in_different_folds_named():
    folds = np.zeros(20, int)
    folds[[7, 18, 19]] = 1
    found = find_duplicates(FEATURES, folds)
    assert (found.n_pairs, found.n_split, found.first) == (4, 2, ((2, 7), (7, 11)))


def test_parts_of_the_rows_give_the_same(monkeypatch):
    folds = np.arange(20)
    whole = find_duplicates(FEATURES, folds), join_duplicates(FEATURES)
    monkeypatch.setattr(duplicates, "_N_ROWS", 3)
    assert find_duplicates(FEATURES, folds) == whole[0]
    np.testing.assert_array_equal(join_duplicates(FEATURES), whole[1])


def test_not_all_pairs_are_named():
    found = find_duplicates(np.ones((6, 2), np.float32), np.arange(6))
    assert (found.n_pairs, found.n_split, len(found.first)) == (15, 15, 5)


def test_alike_images_become_one_group_and_join_the_groups_given():
    alone = join_duplicates(FEATURES)
    assert alone[2] == alone[7] == alone[11]
    assert alone[18] == alone[19]
    assert len(set(alone)) == 17
    given = np.arange(20) // 5
    assert [len(set(join_duplicates(FEATURES, given)[rows])) for rows in (slice(0, 15), slice(15, 20))] == [1, 1]
    assert len(set(join_duplicates(FEATURES, given))) == 2
