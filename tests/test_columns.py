"""Rows with names for their columns, and what is asked of them."""

from pathlib import Path

import pytest

from orangecontrib.transferlearning.columns import Columns

from .samples import refusal


def columns(header, *rows):
    return Columns.of(Path("log.csv"), [(line, row) for line, row in enumerate([header, *rows], 1)])


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
        "log.csv: none of 13 rows has '12' in 'i'; found '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' and 2 others"
    )


@pytest.mark.parametrize("cell, number", [("1", 1.0), ("-.5", -0.5), ("007", 7.0), ("1e-3", 0.001), ("", None)])
def test_targets_are_numbers(cell, number):
    assert columns(["y", "x"], [cell, "x"]).targets("y") == [number]
