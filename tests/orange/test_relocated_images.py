"""How the images of a table are found that has come from another computer."""

import numpy as np
import pytest
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table

from orangecontrib.transferlearning.orange.image_columns import TableSource
from orangecontrib.transferlearning.orange.relocated_images import has_lost_images, relocate_columns, relocate_images

from ..samples import fill

NAMES = ["a/1.png", "b/2.png", "a/1.png"]


def make(names, origin, kind=StringVariable):
    """Make a table whose column of images is its second meta."""
    column = StringVariable("photo") if kind is StringVariable else DiscreteVariable("photo", sorted(set(names)))
    column.attributes = {"type": "image", "origin": str(origin), "kept": 1}
    cells = names if kind is StringVariable else [column.values.index(name) for name in names]
    domain = Domain([ContinuousVariable("x")], DiscreteVariable("y", "ab"), [StringVariable("note"), column])
    metas = np.array([["n"] * len(names), cells], object).T
    table = Table.from_numpy(domain, np.arange(len(names))[:, None], np.zeros(len(names)), metas)
    table.name = "lost"
    return table


def locations(table, column):
    return [item.location for item in TableSource(table, column)]


@pytest.mark.parametrize("kind", [StringVariable, DiscreteVariable])
@pytest.mark.parametrize(
    ("names", "found"),
    [
        (NAMES, NAMES),
        ([rf"C:\me\{name}" for name in NAMES], NAMES),
        ([name.replace("/", "\\") for name in NAMES], NAMES),
        (["1", "2", "1"], NAMES),
    ],
)
def test_lost_images_are_found_in_the_chosen_folder_and_beside_the_table(tmp_path, kind, names, found):
    fill(tmp_path, "a/1.png", "b/2.png")
    table = make(names, "/no/such/place", kind)
    column = table.domain["photo"]
    assert has_lost_images(table, column)
    beside = table.copy()
    beside.__file__ = str(tmp_path / "table.tab")
    for each, folder in ((table, str(tmp_path)), (beside, "")):
        moved, new, remark = relocate_images(each, column, folder)
        assert locations(moved, new) == [str(tmp_path / name) for name in found]
        assert new.attributes == {"type": "image", "origin": str(tmp_path), "kept": 1}
        assert (moved.name, moved.ids.tolist(), moved.X.tolist()) == ("lost", each.ids.tolist(), each.X.tolist())
        assert moved.domain.metas[0] is each.domain.metas[0]
        assert not has_lost_images(moved, new)
        where = f"within {tmp_path}" if folder else "beside the table"
        assert where in remark
    assert column.attributes["origin"] == "/no/such/place"
    assert locations(table, column)[0].endswith(names[0])


def test_all_columns_of_images_are_found(tmp_path):
    fill(tmp_path, "IMG/c1.png", "IMG/l1.png")
    left, center = StringVariable("left"), StringVariable("center")
    for column in (left, center):
        column.attributes = {"type": "image", "origin": "/no/such/place"}
    rows = np.array([["C:\\IMG\\c1.png", "x", "C:\\IMG\\l1.png"]], object)
    table = Table.from_numpy(Domain([], None, [center, StringVariable("note"), left]), np.empty((1, 0)), None, rows)
    moved, remark = relocate_columns(table, str(tmp_path))
    assert moved.metas.tolist() == [["IMG/c1.png", "x", "IMG/l1.png"]]
    assert remark == f"1 of 1 image was found by file name in IMG within {tmp_path}"
    assert relocate_columns(moved, "/gone") == (moved, "")


def test_table_whose_images_are_there_stays_the_same(tmp_path):
    fill(tmp_path, "a/1.png", "b/2.png")
    for names, origin in ((NAMES, tmp_path), (["http://a/1.png"], ""), (["gone.png", "a/1.png"], tmp_path), ([""], "")):
        table = make(names, origin)
        column = table.domain["photo"]
        assert relocate_images(table, column, str(tmp_path)) == (table, column, "")


def test_images_that_are_nowhere_are_told(tmp_path):
    table = make(["c/9.png", "a\0b.png"], "/no/such/place")
    column = table.domain["photo"]
    assert relocate_images(table, column) == (
        table, column, "No image was found at its place; choose the folder where they are",
    )  # fmt: skip
    assert relocate_images(table, column, str(tmp_path))[2] == (
        f"2 images were not found in {tmp_path} and its folders; the first: c/9.png: there is no file of its name; "
        "choose the folder where they are"
    )


@pytest.mark.parametrize("origin", [5, None, ["/data"], b"/data"])
def test_origin_that_is_no_text_is_none(tmp_path, origin):
    path = str(fill(tmp_path, "a.png") / "a.png")
    table = make([path], "")
    column = table.domain.metas[1]
    column.attributes["origin"] = origin
    assert relocate_images(table, column) == (table, column, "")
    assert locations(table, column) == [path]


def test_images_of_two_columns_are_found_beside_the_table(tmp_path):
    fill(tmp_path, "a/1.png", "b/2.png")
    columns = [StringVariable("left"), StringVariable("right")]
    for column in columns:
        column.attributes = {"type": "image"}
    table = Table.from_list(Domain([], metas=columns), [["a/1.png", "b/2.png"]])
    table.__file__ = str(tmp_path / "table.tab")
    moved, remark = relocate_columns(table)
    assert [locations(moved, each) for each in moved.domain.metas] == [
        [str(tmp_path / "a/1.png")],
        [str(tmp_path / "b/2.png")],
    ]
    assert remark == "Images were found beside the table"
