"""Files of features become Orange tables, and tables become files of features."""

import numpy as np
import pytest
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table, TimeVariable

from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.hdf5 import write_hdf5
from orangecontrib.transferlearning.items import Embeddings
from orangecontrib.transferlearning.savedtable import load_features, to_saved
from orangecontrib.transferlearning.sinks import open_sink
from orangecontrib.transferlearning.table import to_table

EMBEDDINGS = Embeddings(
    ["b.png", "a.png", "c.png"],
    np.array([[0.1, 2], [3, 4], [5, 1 / 3]], np.float32),
    ["yes", "no", None],
    [],
    "Network layer=last",
    [{"speed": 1.5, "road": "A1"}, {"speed": 2.0, "road": None}, {"speed": None, "road": "B2"}],
)


def same(one, other):
    assert one.domain == other.domain
    assert [v.attributes for v in one.domain.variables + one.domain.metas] == [
        v.attributes for v in other.domain.variables + other.domain.metas
    ]
    np.testing.assert_array_equal(one.X, other.X)
    np.testing.assert_array_equal(one.Y, other.Y)
    assert str(one.metas.tolist()) == str(other.metas.tolist())


@pytest.mark.parametrize("name", ["f.h5", "f.npz", "f.parquet"])
def test_file_becomes_the_table_that_the_features_do(tmp_path, name):
    with open_sink(tmp_path / name, "Class") as sink:
        sink.write(EMBEDDINGS)
    table = load_features(tmp_path / name)
    same(table, to_table(EMBEDDINGS))
    assert table.name == "f"
    assert table.domain["n1"].attributes == {"hidden": True, "fingerprint": "Network layer=last"}
    assert table.domain.class_var.values == ("no", "yes")


def test_numbers_are_read_into_the_matrix_of_the_table(tmp_path, monkeypatch):
    with open_sink(tmp_path / "f.h5", None) as sink:
        sink.write(EMBEDDINGS)
    made, empty = [], np.empty
    monkeypatch.setattr(np, "empty", lambda *a, **k: made.append(empty(*a, **k)) or made[-1])
    table = load_features(tmp_path / "f.h5")
    matrix = next(each for each in made if each.shape == (3, 2) and each.dtype == np.float64)
    assert np.shares_memory(table.X, matrix)


def test_target_becomes_a_number_to_predict(tmp_path):
    part = Embeddings(["a", "b"], np.zeros((2, 1), np.float32), [0.25, None])
    with open_sink(tmp_path / "f.h5", "angle", is_target=True) as sink:
        sink.write(part)
    table = load_features(tmp_path / "f.h5")
    assert isinstance(table.domain.class_var, ContinuousVariable)
    np.testing.assert_array_equal(table.Y, [0.25, np.nan])


def rich_table():
    """With all that a file can hold and a table of features does not have."""
    width, n0 = ContinuousVariable("width"), ContinuousVariable("n0")
    n0.attributes = {"hidden": True, "fingerprint": "x"}
    image = StringVariable("image")
    image.attributes = {"type": "image", "origin": "/photos"}
    size = DiscreteVariable("size", ("small", "medium", "large"))
    metas = [image, ContinuousVariable("year"), DiscreteVariable("place", ("in", "out"))]
    return Table.from_numpy(
        Domain([width, n0], size, metas),
        np.array([[1, 0.5], [np.nan, 2]]),
        np.array([2, np.nan]),
        np.array([["1.png", 1999, 1], ["2.png", np.nan, np.nan]], object),
    )


def test_table_of_orange_comes_back(tmp_path):
    table = rich_table()
    write_hdf5(tmp_path / "f.h5", to_saved(table))
    found = load_features(tmp_path / "f.h5")
    assert [v.name for v in found.domain.attributes] == ["width", "n0"]
    assert [v.attributes for v in found.domain.attributes] == [{}, {"hidden": True, "fingerprint": "x"}]
    assert found.domain.class_var.values == ("small", "medium", "large")
    assert [v.name for v in found.domain.metas] == ["image", "year", "place"]
    assert found.domain["image"].attributes == {"type": "image", "origin": "/photos"}
    np.testing.assert_array_equal(found.X, table.X)
    np.testing.assert_array_equal(found.Y, table.Y)
    assert str(found.metas.tolist()) == "[['1.png', 1999.0, 'out'], ['2.png', nan, '']]"


@pytest.mark.parametrize(
    "domain, words",
    [
        (Domain([DiscreteVariable("kind", ("a", "b"))]), "holds numbers, and kind is none: make it numeric"),
        (Domain([TimeVariable("when")]), "when is a time"),
        (Domain([ContinuousVariable("n")], [ContinuousVariable("x"), ContinuousVariable("y")]), "one class at most"),
    ],
)
def test_what_a_file_cannot_hold_is_refused(domain, words):
    with pytest.raises(SinkError, match=words):
        to_saved(Table.from_list(domain, [[0] * len(domain.variables)]))


def test_numbers_too_great_for_float32_are_refused():
    with pytest.raises(SinkError, match="too great for float32"):
        to_saved(Table.from_list(Domain([ContinuousVariable("n")]), [[1e39]]))


@pytest.mark.parametrize("labels", [[None, None], []])
def test_target_that_is_nowhere_known_is_unknown(tmp_path, labels):
    with open_sink(tmp_path / "f.h5", "angle", is_target=True) as sink:
        sink.write(Embeddings(["a", "b"][: len(labels)], np.zeros((len(labels), 1), np.float32), labels))
    table = load_features(tmp_path / "f.h5")
    assert table.domain.class_var.name == "angle"
    assert np.isnan(table.Y).all() and len(table) == len(labels)


def test_attributes_of_a_table_that_save_data_wrote_come_back(tmp_path):
    from orangecontrib.transferlearning.orangeformat import FeaturesFormat

    table = rich_table()
    table.attributes = {"author": "me"}
    path = str(tmp_path / "f.h5")
    FeaturesFormat.write(path, table)
    FeaturesFormat.write_table_metadata(path, table)
    assert dict(FeaturesFormat(path).read().attributes) == {"author": "me"}
