"""CSV files of features, read by other readers: any text comes back as it was."""

import csv

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


@pytest.mark.parametrize("label", ["a\rb", "a\nb", 'a"b', "a,b", "a\r\nb", " a ", "čšž"])
def test_orange_reads_the_label_that_was_written(tmp_path, label):
    write(tmp_path / "f.csv", ["one", "two"], [label, "other"])
    table = Table(str(tmp_path / "f.csv"))
    assert label.strip() in [value for variable in table.domain.variables for value in getattr(variable, "values", ())]


def test_nul_is_refused(tmp_path):
    with pytest.raises(SinkError, match=r"CSV cannot hold a NUL character, which 'a\\x00b,' has: remove it"):
        csv_line(["a\0b", ""])
    with pytest.raises(SinkError, match="NUL"):
        write(tmp_path / "f.csv", ["one"], ["a\0b"])
    assert list(tmp_path.iterdir()) == []
