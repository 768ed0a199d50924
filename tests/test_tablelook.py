"""What a table of pictures looks like before it is opened."""

import pytest

from orangecontrib.transferlearning.tablelook import N_ROWS, look_at_table, looks_like_pictures

from .samples import refusal

LOG = "center,left,steering,speed,Label\na.jpg,b.jpg,0.5,30,x\nc.jpg,d.jpg,-1,40,y\n"


def test_pictures_numbers_and_labels_are_recognised(table):
    look = look_at_table(table(LOG))
    assert look.has_header
    assert look.names == ("center", "left", "steering", "speed", "Label")
    assert look.pictures == ("center", "left")
    assert look.numbers == ("steering",)
    assert look.label == "Label"
    assert look.rows == (("a.jpg", "b.jpg", "0.5", "30", "x"), ("c.jpg", "d.jpg", "-1", "40", "y"))


def test_only_the_first_rows_are_shown_and_all_are_counted(table):
    look = look_at_table(table("image,note\n" + "a.jpg,x\n" * 250))
    assert (len(look.rows), look.n_rows) == (N_ROWS, 250)


def test_table_without_header_is_a_label_and_a_picture_a_row(table):
    look = look_at_table(table("cat,a.jpg,more\ndog,b.jpg\n"))
    assert not look.has_header
    assert look.names == ("label", "picture", "column 3")
    assert (look.pictures, look.label) == (("picture",), "label")
    assert look.n_rows == 2


def test_table_that_names_no_pictures_has_no_such_column(table):
    assert look_at_table(table("id,class\n1,x\n2,y\n")).pictures == ()


def test_pictures_may_be_in_another_folder(table, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "0001").touch()
    path = table("class,id\nx,0001\ny,0001\n")
    assert look_at_table(path).pictures == ()
    assert look_at_table(path, tmp_path / "photos").pictures == ("id",)


def test_missing_table_is_refused(tmp_path):
    assert refusal(look_at_table, tmp_path / "none.csv").endswith("no such file")


@pytest.mark.parametrize(
    "content, expected", [(LOG, True), ("cat;a.jpg\n", True), ("a,b\n1,2\n", False), ("", False), (b"\xff\xfe", False)]
)
def test_table_of_pictures_is_told_from_others_at_a_glance(table, content, expected):
    assert looks_like_pictures(table(content)) is expected


def test_folders_arrays_and_pictures_may_be_opened(tmp_path):
    for name in ("a.npy", "b.jpg"):
        (tmp_path / name).touch()
        assert looks_like_pictures(tmp_path / name)
    assert looks_like_pictures(tmp_path)
    assert not looks_like_pictures(tmp_path / "none")
    (tmp_path / "a.pdf").touch()
    assert not looks_like_pictures(tmp_path / "a.pdf")
