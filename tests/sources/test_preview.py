"""What a table of images looks like before it is opened."""

import numpy as np
import pytest

from orangecontrib.transferlearning.sources.preview import (
    N_ROWS,
    ArrayPreview,
    labels_beside,
    looks_like_images,
    preview_array,
    preview_table,
)

from ..samples import refusal

LOG = "center,left,steering,speed,Label\na.jpg,b.jpg,0.5,30,x\nc.jpg,d.jpg,-1,40,y\n"


def test_numbers_with_zeros_at_the_end_are_numbers_to_predict(table):
    assert preview_table(table("image,label\na.jpg,0.5\nb.jpg,0.30\nc.jpg,1.75\n")).numbers == ("label",)


def test_images_numbers_and_labels_are_recognized(table):
    look = preview_table(table(LOG))
    assert look.has_header
    assert look.names == ("center", "left", "steering", "speed", "Label")
    assert look.images == ("center", "left")
    assert look.numbers == ("steering",)
    assert look.label == "Label"
    assert look.rows == (("a.jpg", "b.jpg", "0.5", "30", "x"), ("c.jpg", "d.jpg", "-1", "40", "y"))


def test_only_the_first_rows_are_shown_and_all_are_counted(table):
    look = preview_table(table("image,note\n" + "a.jpg,x\n" * 250))
    assert (len(look.rows), look.n_rows) == (N_ROWS, 250)


def test_table_without_header_is_a_label_and_an_image_a_row(table):
    look = preview_table(table("cat,a.jpg,more\ndog,b.jpg\n"))
    assert not look.has_header
    assert look.names == ("label", "image", "column 3")
    assert (look.images, look.label) == (("image",), "label")
    assert look.n_rows == 2


def test_table_that_names_no_images_has_no_such_column(table):
    assert preview_table(table("id,class\n1,x\n2,y\n")).images == ()


def test_images_may_be_in_another_folder(table, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "0001").touch()
    path = table("class,id\nx,0001\ny,0001\n")
    assert preview_table(path).images == ()
    assert preview_table(path, tmp_path / "photos").images == ("id",)


def test_missing_table_is_refused(tmp_path):
    assert refusal(preview_table, tmp_path / "none.csv").endswith("no such file")


@pytest.mark.parametrize(
    "content, expected", [(LOG, True), ("cat;a.jpg\n", True), ("a,b\n1,2\n", False), ("", False), (b"\xff\xfe", False)]
)
def test_table_of_images_is_told_from_others_at_a_glance(table, content, expected):
    assert looks_like_images(table(content)) is expected


def test_folders_arrays_and_images_may_be_opened(tmp_path):
    for name in ("a.npy", "b.jpg"):
        (tmp_path / name).touch()
        assert looks_like_images(tmp_path / name)
    assert looks_like_images(tmp_path)
    assert not looks_like_images(tmp_path / "none")
    (tmp_path / "a.pdf").touch()
    assert not looks_like_images(tmp_path / "a.pdf")


@pytest.mark.parametrize("shape, n_values", [((2, 12), 12), ((2, 4, 4), None), ((2, 4, 4, 3), None)])
def test_shape_is_asked_only_where_images_are_rows(tmp_path, shape, n_values):
    np.save(tmp_path / "a.npy", np.zeros(shape, np.uint8))
    assert preview_array(tmp_path / "a.npy") == ArrayPreview(n_values)


def test_what_is_no_array_is_refused(table):
    assert "expected an array" in refusal(preview_array, table("x", "a.npy"))


@pytest.mark.parametrize(
    "n_values, height, width, channels, shape",
    [
        (10800, 45, None, 3, (45, 80, 3)),
        (10800, None, 80, 3, (45, 80, 3)),
        (784, 28, None, 3, (28, 28, 1)),
        (3072, 32, None, 3, (32, 32, 3)),
        (64, 4, None, 4, (4, 4, 4)),
        (10800, 77, None, 3, None),
        (10800, None, None, 3, None),
        (None, 4, None, 3, None),
    ],
)
def test_one_side_gives_the_other(n_values, height, width, channels, shape):
    assert ArrayPreview(n_values).fitting(height, width, channels) == shape


def test_labels_are_found_beside_the_array_by_their_name(tmp_path):
    for name in ("toy_data.npy", "toy_labels.npy", "alone.npy", "x.npy", "x_labels.npy"):
        (tmp_path / name).touch()
    assert labels_beside(tmp_path / "toy_data.npy") == tmp_path / "toy_labels.npy"
    assert labels_beside(tmp_path / "x.npy") == tmp_path / "x_labels.npy"
    assert labels_beside(tmp_path / "alone.npy") is None
    assert labels_beside(tmp_path / "toy_labels.npy") is None
