"""Some rows of a source, whatever kind it is."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SourceError
from orangecontrib.transferlearning.sources.array_source import NpySource
from orangecontrib.transferlearning.sources.combined import JoinedSource, SourceSubset, select_rows
from orangecontrib.transferlearning.sources.csv_source import CsvSource
from orangecontrib.transferlearning.sources.folder_source import FolderSource
from orangecontrib.transferlearning.sources.list_source import ListSource
from orangecontrib.transferlearning.sources.opening import open_sources

from ..conftest import solid
from ..samples import fill, keys, refusal


@pytest.mark.parametrize(
    ("start_row", "limit", "expected"),
    [(1, None, "abcde"), (1, 2, "ab"), (2, 3, "bcd"), (4, 100, "de"), (5, 1, "e")],
)
def test_part_starts_at_a_row_and_ends_at_a_limit(start_row, limit, expected):
    part = select_rows(ListSource(list("abcde")), start_row, limit)
    assert (keys(part), keys(part), len(part)) == (list(expected), list(expected), len(expected))


def test_part_of_arrays_and_folders(tmp_path):
    arrays = NpySource(np.arange(4)[:, None, None, None] * np.ones((4, 2, 2, 3), int), labels=[5, 6, 7, 8])
    (third, fourth) = select_rows(arrays, 3)
    assert (third.key, third.label, third.location.max()) == ("2", 7, 2)
    assert (fourth.key, fourth.label) == ("3", 8)
    folder = FolderSource(fill(tmp_path, "a/1.png", "b/2.png", "notes.md"))
    part = select_rows(folder, 2)
    assert (keys(part), part.label_name, part.left_out) == (["b/2.png"], "Class", {".md": 1})


def test_subset_has_the_images_at_its_positions_each_time_it_is_gone_through():
    subset = SourceSubset(ListSource(list("abcdef"), labels=list("uvwxyz")), [1, 2, 5])
    for _ in range(2):
        assert [(item.key, item.label) for item in subset] == [("b", "v"), ("c", "w"), ("f", "z")]
    assert (len(subset), len(SourceSubset(subset, [])), keys(SourceSubset(subset, [2]))) == (3, 0, ["f"])


def test_rows_of_several_images_are_counted_whole(table):
    path = table("l,r,y\na1,b1,1\na2,b2,2\na3,b3,3\n")
    part = select_rows(CsvSource(path, image_column=["l", "r"], target_column="y"), 2, 1)
    assert keys(part) == ["a2", "b2"]
    assert (part.columns, part.label_name, part.is_target) == (("l", "r"), "y", True)
    assert part.meta_names == ("l", "r")


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((3, 1), "to start at row 3, found only 2;"),
        ((0, 1), "start_row to be 1 or more"),
        ((1, 0), "limit to be 1"),
    ],
)
def test_part_that_is_not_there_is_refused(numbers, expected):
    assert expected in refusal(select_rows, ListSource(["a", "b"]), *numbers)


def test_images_come_in_order_called_by_where_they_are(photos, tmp_path):
    (photos / "notes.txt").touch()
    one = photos / "a" / "1.png"
    np.save(tmp_path / "d.npy", np.stack([solid(1), solid(2)]))
    source = open_sources([one, f"{photos / 'b'}/", tmp_path / "d.npy", photos])
    a_folder = [f"{photos}/{name}" for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png", "b/3.png")]
    first = [str(one), f"{photos}/b/1.png", f"{photos}/b/2.png", f"{photos}/b/3.png"]
    arrays = [f"{tmp_path}/d.npy/0", f"{tmp_path}/d.npy/1"]
    again = [f"{name} (2)" if name in first else name for name in a_folder]
    assert keys(source) == [*first, *arrays, *again]
    assert len(source) == 11
    assert source.left_out == {".txt": 1}


def test_keys_are_unique_and_the_same_each_time():
    images = [solid(0)] * 2
    source = JoinedSource([("x", ListSource(images, keys=["a", "a (2)"])), ("", ListSource(images[:1], keys=["x/a"]))])
    assert keys(source) == keys(source) == ["x/a", "x/a (2)", "x/a (3)"]


def test_labels_and_metas_are_left_out(photos):
    source = open_sources([photos])
    assert source.label_name is None
    assert {item.label for item in source} == {None}


def test_a_location_that_is_nothing_is_refused(photos):
    with pytest.raises(SourceError, match="nosuch.jpg: no such file or folder"):
        open_sources([photos, "nosuch.jpg"])
