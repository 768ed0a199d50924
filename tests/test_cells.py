"""Text tables of every kind become rows of cells."""

import csv

import pytest

from orangecontrib.transferlearning.cells import read_rows

from .samples import refusal


def test_rows_have_their_lines_and_blank_ones_are_left_out(table):
    assert read_rows(table('a, b\n\n"c\nd",e\n , \nf\n')) == [(1, ["a", "b"]), (4, ["c\nd", "e"]), (6, ["f"])]


def test_cell_may_hold_a_whole_picture_and_the_limit_of_the_csv_module_stays(table):
    limit = csv.field_size_limit(1000)  # a global of that module, which Orange sets to another value
    picture = "data:image/png;base64," + "A" * 200_000
    try:
        assert read_rows(table(f'cat,"{picture}"')) == [(1, ["cat", picture])]
        assert csv.field_size_limit() == 1000
    finally:
        csv.field_size_limit(limit)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('cat,a.jpg\n\n"dog,b.jpg\ncow,c.jpg\n', 3),
        ('"cat,a.jpg\n"dog",b.jpg\n', 1),
        ('cat,a.jpg\ndog,"b.jpg\n', 2),
        ('cat,"a".jpg\n', 1),
    ],
)
def test_quotation_mark_that_is_not_closed_is_refused_with_its_line(table, content, line):
    assert f"list.csv, line {line}: the row cannot be read" in refusal(read_rows, table(content))


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_separator_that_excel_says_in_the_first_line_is_used(table, separator):
    path = table(f"sep={separator}\r\ncat: dog{separator}a.jpg\r\n{separator}\r\ncow{separator}\r\n")
    assert read_rows(path) == [(2, ["cat: dog", "a.jpg"]), (4, ["cow", ""])]


def test_table_that_is_not_there_is_refused(tmp_path):
    assert refusal(read_rows, tmp_path / "a.csv") == f"{tmp_path / 'a.csv'}: no such file"
    assert "the file cannot be read" in refusal(read_rows, tmp_path)
