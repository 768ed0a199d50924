"""Guesses where nothing was said of a table or an array."""

import numpy as np
import pytest

from orangecontrib.transferlearning.sources.preview import TablePreview
from orangecontrib.transferlearning.sources.source_choice import SourceChoice, complete

from ..samples import labels, refusal

LOG = "center,left,steering,class\na.jpg,b.jpg,0.5,x\nc.jpg,d.jpg,-1,y\n"


def test_columns_of_a_table_are_guessed(table):
    path = str(table(LOG))
    choice, look = complete(SourceChoice(path))
    assert choice == SourceChoice(path, "center", "class", False)
    assert isinstance(look, TablePreview)
    source = choice.open()
    assert [item.key for item in source] == ["a.jpg", "c.jpg"]
    assert (source.label_name, labels(source)) == ("class", ["x", "y"])


def test_what_was_said_stays(table):
    path = str(table(LOG))
    choice, _ = complete(SourceChoice(path, "left", ""))
    assert choice == SourceChoice(path, "left", "", False)
    assert choice.open().label_name is None


def test_column_of_fractions_is_a_quantity_unless_said_otherwise(table):
    path = str(table(LOG))
    assert complete(SourceChoice(path, label_column="steering"))[0].is_target
    source = complete(SourceChoice(path, label_column="steering"))[0].open()
    assert (source.is_target, labels(source)) == (True, [0.5, -1.0])
    assert complete(SourceChoice(path, label_column="steering", is_target=False))[0].is_target is False


def test_table_without_header_needs_no_columns(table):
    choice, look = complete(SourceChoice(str(table("cat,a.jpg\ndog,b.jpg\n")), "center"))
    assert not look.has_header
    assert labels(choice.open()) == ["cat", "dog"]


def test_table_whose_columns_name_no_image_is_refused_until_one_is_chosen(table):
    path = str(table("number,class\n1,x\n2,y\n"))
    assert "no column names images; choose the one that should (found: number, class)" in refusal(
        complete, SourceChoice(path)
    )
    assert complete(SourceChoice(path, "number"))[0].image_column == "number"


def test_labels_of_an_array_are_those_beside_it_unless_said_otherwise(tmp_path):
    np.save(tmp_path / "toy_data.npy", np.zeros((2, 4, 4, 3), np.uint8))
    np.save(tmp_path / "toy_labels.npy", [5, 6])
    path = str(tmp_path / "toy_data.npy")
    assert labels(complete(SourceChoice(path))[0].open()) == [5, 6]
    assert labels(complete(SourceChoice(path, labels=""))[0].open()) == [None, None]


def test_rows_of_values_need_a_shape(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 12), np.uint8))
    choice, look = complete(SourceChoice(str(tmp_path / "a.npy")))
    assert look.n_values == 12
    assert "does not tell its shape" in refusal(choice.open)
    assert SourceChoice(str(tmp_path / "a.npy"), shape=(2, 2, 3)).open().image_shape == (2, 2, 3)


@pytest.mark.parametrize("name", ["none", "a.pdf"])
def test_what_holds_no_images_is_refused(tmp_path, name):
    (tmp_path / "a.pdf").touch()
    assert str(tmp_path / name) in refusal(complete, SourceChoice(str(tmp_path / name)))
