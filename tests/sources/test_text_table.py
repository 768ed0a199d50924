"""Text tables of every kind become rows of cells."""

import csv
import os
from pathlib import Path

import pytest

from orangecontrib.transferlearning.errors import SourceError
from orangecontrib.transferlearning.sources.table_columns import has_header, image_columns
from orangecontrib.transferlearning.sources.text_table import TextTable, read_rows

from ..samples import refusal


def test_rows_have_their_lines_and_blank_ones_are_left_out(table):
    assert read_rows(table('a, b\n\n"c\nd",e\n , \nf\n')) == [(1, ["a", "b"]), (4, ["c\nd", "e"]), (6, ["f"])]


def test_cell_may_hold_a_whole_image_and_the_limit_of_the_csv_module_stays(table):
    limit = csv.field_size_limit(1000)  # a global of that module, which Orange sets to another value
    image = "data:image/png;base64," + "A" * 200_000
    try:
        assert read_rows(table(f'cat,"{image}"')) == [(1, ["cat", image])]
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
    assert "found a folder" in refusal(read_rows, tmp_path)


def columns(header, *rows):
    return TextTable.of(Path("log.csv"), [(line, row) for line, row in enumerate([header, *rows], 1)])


def test_every_column_gets_a_name_of_its_own():
    assert columns(["", "speed", "speed", "column 1", "speed"]).names == [
        "column 1", "speed", "speed (2)", "column 1 (2)", "speed (3)",
    ]  # fmt: skip


def test_row_may_lack_last_cells_that_nobody_asks_for():
    log = columns(["file", "speed", "note"], ["a", "1", "x"], ["b", "2"], ["c"])
    assert log.others(["file"]) == [
        {"speed": 1, "note": "x"}, {"speed": 2, "note": None}, {"speed": None, "note": None},
    ]  # fmt: skip
    assert log.cells("file") == ["a", "b", "c"]
    assert refusal(log.cells, "speed") == "log.csv, line 4: expected 2 cells or more, found 1"


def test_table_whose_columns_are_all_used_has_no_others():
    assert columns(["file"], ["a"], ["b"]).others(["file", None]) == [{}, {}]


def test_values_that_were_found_are_shown_up_to_ten():
    log = columns(["i"], *([str(i)] for i in range(12)), ["0"])
    assert refusal(log.where, {"i": 12}) == (
        "log.csv: no row of 13 has '12' in 'i'; found '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' and 2 others"
    )


@pytest.mark.parametrize("cell, number", [("1", 1.0), ("-.5", -0.5), ("007", 7.0), ("1e-3", 0.001), ("", None)])
def test_targets_are_numbers(cell, number):
    assert columns(["y", "x"], [cell, "x"]).targets("y") == [number]


def test_columns_in_which_most_rows_name_an_image_are_found(tmp_path):
    rows = [["a.jpg", "x", "http://a.org/1"], ["b.PNG", "y", ""], ["", "z.gif", "https://a.org/2"]]
    assert image_columns(rows, tmp_path) == [0, 2]


def test_existing_file_of_any_name_is_an_image(tmp_path):
    (tmp_path / "0001").touch()
    assert image_columns([["0001"], ["0001"]], tmp_path) == [0]


def test_table_without_rows_has_no_columns_of_images(tmp_path):
    assert image_columns([], tmp_path) == []


def test_short_first_row_is_no_header(tmp_path):
    assert not has_header([["image"], ["cat", "a.jpg"]], tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "t.csv")
    with pytest.raises(SourceError, match="expected a file, found a folder, a pipe or a device"):
        read_rows(tmp_path / "t.csv")
