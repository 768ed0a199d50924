"""Some rows of a source, whatever kind it is."""

import numpy as np
import pytest

from orangecontrib.transferlearning.arrays import NpySource
from orangecontrib.transferlearning.csvfiles import CsvSource
from orangecontrib.transferlearning.folders import FolderSource
from orangecontrib.transferlearning.lists import ListSource
from orangecontrib.transferlearning.parts import PartSource

from .samples import fill, keys, refusal


@pytest.mark.parametrize(
    ("start_row", "limit", "expected"),
    [(1, None, "abcde"), (1, 2, "ab"), (2, 3, "bcd"), (4, 100, "de"), (5, 1, "e")],
)
def test_part_starts_at_a_row_and_ends_at_a_limit(start_row, limit, expected):
    part = PartSource(ListSource(list("abcde")), start_row, limit)
    assert (keys(part), keys(part), len(part)) == (list(expected), list(expected), len(expected))


def test_part_of_arrays_and_folders(tmp_path):
    arrays = NpySource(np.arange(4)[:, None, None, None] * np.ones((4, 2, 2, 3), int), labels=[5, 6, 7, 8])
    (third, fourth) = PartSource(arrays, 3)
    assert (third.key, third.label, third.location.max()) == ("2", 7, 2)
    assert (fourth.key, fourth.label) == ("3", 8)
    folder = FolderSource(fill(tmp_path, "a/1.png", "b/2.png", "notes.md"))
    part = PartSource(folder, 2)
    assert (keys(part), part.label_name, part.n_ignored) == (["b/2.png"], "Class", 1)


def test_rows_of_several_pictures_are_counted_whole(table):
    path = table("l,r,y\na1,b1,1\na2,b2,2\na3,b3,3\n")
    part = PartSource(CsvSource(path, image_column=["l", "r"], target_column="y"), 2, 1)
    assert keys(part) == ["a2", "b2"]
    assert (part.columns, part.label_name, part.is_target) == (("l", "r"), "y", True)
    assert part.meta_names == ("l", "r")


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((3, 1), "to start at row 3, found only 2 rows"),
        ((0, 1), "start_row to be 1 or more"),
        ((1, 0), "limit to be 1"),
    ],
)
def test_part_that_is_not_there_is_refused(numbers, expected):
    assert expected in refusal(PartSource, ListSource(["a", "b"]), *numbers)
