"""Which columns of a table name pictures; headers are tested with CsvSource."""

from orangecontrib.transferlearning.headers import has_header, picture_columns


def test_columns_in_which_most_rows_name_a_picture_are_found(tmp_path):
    rows = [["a.jpg", "x", "http://a.org/1"], ["b.PNG", "y", ""], ["", "z.gif", "https://a.org/2"]]
    assert picture_columns(rows, tmp_path) == [0, 2]


def test_existing_file_of_any_name_is_a_picture(tmp_path):
    (tmp_path / "0001").touch()
    assert picture_columns([["0001"], ["0001"]], tmp_path) == [0]


def test_table_without_rows_has_no_columns_of_pictures(tmp_path):
    assert picture_columns([], tmp_path) == []


def test_short_first_row_is_no_header(tmp_path):
    assert not has_header([["image"], ["cat", "a.jpg"]], tmp_path)
