"""Parquet files as pandas sees them, and without pyarrow."""

import numpy as np
import pandas as pd
import pytest

from orangecontrib.transferlearning.errors import SinkError, SourceError
from orangecontrib.transferlearning.features import parquet_file as parquet
from orangecontrib.transferlearning.features.opening import open_features, open_sink
from orangecontrib.transferlearning.records import Embeddings

PART = Embeddings(
    ["a", "b"],
    np.array([[0.1, 2], [3, 4]], np.float32),
    [1, None],
    metas=[{"key": "x", "n0": 1.5}, {"key": None, "n0": None}],
)


def test_columns_have_names_of_their_own_and_numbers_their_types(tmp_path):
    with open_sink(tmp_path / "f.parquet", "Class") as sink:
        sink.write(PART)
    table = pd.read_parquet(tmp_path / "f.parquet")
    assert list(table.columns) == ["Class", "key", "key (2)", "n0 (2)", "n0", "n1"]
    assert [str(kind) for kind in table.dtypes[-2:]] == ["float32", "float32"]
    np.testing.assert_array_equal(table[["n0", "n1"]], PART.features)
    found = open_features(tmp_path / "f.parquet")
    assert found.metas == {"key": ["x", None], "n0": [1.5, None]}
    assert found.labels == [1, None]


def test_missing_pyarrow_is_reported_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "find_spec", lambda name: None)
    with pytest.raises(SinkError, match="pip install pyarrow"):
        open_sink(tmp_path / "f.parquet", None)
    with pytest.raises(SourceError, match="pip install pyarrow"):
        open_features(tmp_path / "f.parquet")


def test_parquet_file_of_something_else_is_refused(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "f.parquet")
    with pytest.raises(SourceError, match="not one of features"):
        open_features(tmp_path / "f.parquet")
