"""Features in CSV files are read late, in blocks."""

import tracemalloc

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SourceError
from orangecontrib.transferlearning.features import saved_features as saved
from orangecontrib.transferlearning.features.csv_file import open_csv


def test_features_are_read_block_by_block(table, monkeypatch):
    monkeypatch.setattr(saved, "BLOCK_BYTES", 4 * 2 * 3)
    path = table("Class,key,n0,n1\n" + "".join(f"a,{row},{row},{row / 2}\n" for row in range(8)))
    found = open_csv(path)
    assert (found.shape, found.keys[-1]) == ((8, 2), "7")
    assert [block.tolist() for block in found.read_blocks()][1] == [[3, 1.5], [4, 2], [5, 2.5]]
    assert [len(block) for block in found.read_blocks()] == [3, 3, 2]
    assert found.read_into(np.empty((8, 2)))[7].tolist() == [7, 3.5]


def test_opening_a_wide_file_does_not_keep_its_features(table):
    row = ",".join(["0.25"] * 10_000)
    path = table(",".join(f"n{i}" for i in range(10_000)) + "\n" + f"{row}\n" * 50)
    tracemalloc.start()
    found = open_csv(path)
    assert tracemalloc.get_traced_memory()[0] < 50 * 10_000 * 4
    tracemalloc.stop()
    assert found.read_into(np.empty(found.shape, np.float32)).sum() == 50 * 10_000 / 4


def test_rows_that_do_not_fit_are_refused_at_once_and_text_when_it_is_read(table):
    with pytest.raises(SourceError, match="line 3: expected 2 cells, found 1"):
        open_csv(table("n0,n1\n1,2\n3\n"))
    with pytest.raises(SourceError, match="expected numbers in the columns of features"):
        list(open_csv(table("n0,n1\n1,2\n3,x\n")).read_blocks())


@pytest.mark.parametrize("text", ["Class,\x0ckey,\x85m\n", "n0\n\x0bx\u2028y\n"])
def test_cells_do_not_break_the_lines_of_a_message(table, text):
    with pytest.raises(SourceError) as raised:
        list(open_csv(table(text)).read_blocks())
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("header, name", [(",n0,", "''"), ("Class,n0,n1,Class", "'Class'"), ("a,key,m,m,n0", "'m'")])
def test_columns_of_one_name_are_refused(table, header, name):
    with pytest.raises(SourceError, match=f"several columns are called {name}: rename them$"):
        open_csv(table(f"{header}\n"))


def test_file_that_became_shorter_is_refused(table):
    found = open_csv(table("n0\n1\n2\n3\n"))
    table("n0\n1\n2\n")
    with pytest.raises(SourceError, match="expected 3 rows, found 2"):
        list(found.read_blocks())
