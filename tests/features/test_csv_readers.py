"""CSV files of features, read by other readers: any text comes back as it was."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from Orange.data import Table

from orangecontrib.transferlearning.atomic_files import csv_line
from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.features.csv_file import CsvSink, open_csv
from orangecontrib.transferlearning.records import Embeddings

TEXT = st.text(st.one_of(st.sampled_from("\r\n\",;'\t a="), st.characters(exclude_categories=["Cs"])), max_size=8)
"""Text with all that has a meaning in CSV files; and a NUL, which a test of its own refuses."""


def write(path, keys, labels):
    features = np.arange(len(keys), dtype=np.float32)[:, None]
    with CsvSink(path, keys=True, overwrite=True) as sink:
        sink.write(Embeddings(keys, features, labels))


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
def test_csv_module_pandas_and_our_reader_read_what_was_written(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "f.csv"
    keys, labels = ([f"k{text}".replace("\0", "") for text in texts] for texts in zip(*rows, strict=True))
    write(path, keys, labels)
    with path.open(encoding="utf-8", newline="") as file:
        _, *cells = csv.reader(file)
    assert [row[:2] for row in cells] == [[label, key] for label, key in zip(labels, keys, strict=True)]
    frame = pd.read_csv(path, keep_default_na=False, dtype=str)
    assert frame["key"].tolist() == keys
    assert frame["Class"].tolist() == labels
    saved = open_csv(path)
    assert saved.keys == keys
    assert saved.labels == labels


def words(text):
    """What Orange makes of a cell: without white space around it, and without NUL, which CSV does not hold.

    Orange cannot open a table with a digit that is no decimal one, such as "²", as it sorts by numbers in text.
    """
    return "".join(each for each in f"k{text}" if each != "\0" and each.isdigit() == each.isdecimal()).strip()


@given(st.lists(TEXT, min_size=2, max_size=6), st.sampled_from(["road", "a#b", "m#road", "class", "D#x", ""]))
def test_orange_reads_the_text_that_was_written(tmp_path_factory, texts, name):
    path = tmp_path_factory.mktemp("csv") / "f.csv"
    keys = [words(text) for text in texts]
    values = np.linspace(0.1, 0.9, len(keys), dtype=np.float32)[:, None]
    with CsvSink(path) as sink:
        sink.write(Embeddings(keys, values, keys[::-1], metas=[{name: key} for key in keys]))
    table = Table(str(path))
    assert len(table) == len(keys)
    text = [v for v in (*table.domain.variables, *table.domain.metas) if v.is_string or v.is_discrete]
    found = [[v.str_val(value) for value in table.get_column(v)] for v in text]
    assert sorted(found) == sorted([keys, keys[::-1], keys])
    assert np.isclose(table.get_column("n0"), values[:, 0]).all()


def test_nul_is_refused(tmp_path):
    with pytest.raises(SinkError, match=r"cannot hold a NUL character in a cell of CSV, 'a\\x00b': remove it"):
        csv_line(["a\0b", ""])
    with pytest.raises(SinkError, match="NUL"):
        write(tmp_path / "f.csv", ["one"], ["a\0b"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "cell, written",
    [
        ("=1+1", "'=1+1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+a", "'+a"),
        ("-a", "'-a"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("a=1", "a=1"),
        ("'=1", "'=1"),
        ("-1.5", "-1.5"),
        ("+1e5", "+1e5"),
        ("", ""),
        (-2, "-2"),
    ],
)
def test_formulas_are_escaped_on_request_only(cell, written):
    for escape_formulas, expected in ((True, written), (False, str(cell))):
        line = io.StringIO(csv_line([cell, ""], escape_formulas=escape_formulas), newline="")
        assert next(csv.reader(line))[0] == expected


def test_formulas_are_escaped_in_names_keys_labels_and_metas(tmp_path):
    with CsvSink(tmp_path / "f.csv", "=label", keys=True, escape_formulas=True) as sink:
        sink.write(Embeddings(["@a"], np.full((1, 1), -0.5, np.float32), ["=b"], metas=[{"+m": "-c", "x": -3}]))
    assert (tmp_path / "f.csv").read_text() == "'=label,key,'+m,x,n0\n'=b,'@a,'-c,-3,-0.5\n"
