"""Features by the names of pictures."""

import numpy as np

from orangecontrib.transferlearning.items import Embeddings, Skipped
from orangecontrib.transferlearning.picturefeatures import PictureFeatures


def of(names, skipped=()):
    features = np.array([[len(name), 2 * len(name)] for name in names], np.float32).reshape(len(names), 2)
    return PictureFeatures.of(Embeddings(list(names), features, [], [Skipped(name, "broken") for name in skipped]))


def test_a_column_has_a_value_for_each_name_and_none_for_pictures_without():
    known = of(["a", "bbb"], ["x"])
    rows = known.rows_of(["bbb", "x", "", "a", "a"])
    np.testing.assert_array_equal(known.column(rows, 1), [6, np.nan, np.nan, 2, 2])
    assert known.reasons == {"x": "broken"}


def test_others_are_put_beside():
    for parts in (
        [of(["a"], ["x"]), of(["bb"], ["y"])],
        [PictureFeatures(), of(["a", "bb"], ["y", "x"])],
        [of([], ["x"]), of(["bb"]), of([], ["y"]), of(["a"])],
    ):
        first, *others = parts
        for other in others:
            first = first.joined(other)
        column = first.column(first.rows_of(["a", "bb", "x", "y", ""]), 0)
        np.testing.assert_array_equal(column, [1, 2, np.nan, np.nan, np.nan])
        assert set(first.reasons) == {"x", "y"}


def test_nothing_is_known_of_no_picture():
    empty = PictureFeatures()
    assert empty.column(empty.rows_of([]), 5).shape == (0,)
    np.testing.assert_array_equal(empty.column(empty.rows_of(["", ""]), 5), [np.nan, np.nan])
