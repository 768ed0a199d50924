"""Files of features become Orange tables, and tables become files of features."""

import numpy as np
import pytest
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table, TimeVariable

from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.features.hdf5_writing import write_hdf5
from orangecontrib.transferlearning.features.opening import open_sink
from orangecontrib.transferlearning.orange.computed_features import feature_of
from orangecontrib.transferlearning.orange.embed_table import embed_table, to_table
from orangecontrib.transferlearning.orange.features_file import load_features, to_saved
from orangecontrib.transferlearning.records import Embeddings

from ..samples_tables import image_table

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
    assert table.domain["n1"].attributes == {"hidden": True, "_fingerprint": "Network layer=last"}
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
    n0.attributes = {"hidden": True, "_fingerprint": "x"}
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
    assert [v.attributes for v in found.domain.attributes] == [{}, {"hidden": True, "_fingerprint": "x"}]
    assert found.domain.class_var.values == ("small", "medium", "large")
    assert [v.name for v in found.domain.metas] == ["image", "year", "place"]
    assert found.domain["image"].attributes == {"type": "image", "origin": "/photos"}
    np.testing.assert_array_equal(found.X, table.X)
    np.testing.assert_array_equal(found.Y, table.Y)
    assert str(found.metas.tolist()) == "[['1.png', 1999.0, 'out'], ['2.png', nan, '']]"


@pytest.mark.parametrize(
    "domain, words",
    [
        (Domain([DiscreteVariable("kind", ("a", "b"))]), "holds numbers, not the category kind: make it numeric"),
        (Domain([TimeVariable("when")]), "not the time when"),
        (Domain([ContinuousVariable("n")], [ContinuousVariable("x"), ContinuousVariable("y")]), "one class at most"),
    ],
)
def test_what_a_file_cannot_hold_is_refused(domain, words):
    with pytest.raises(SinkError, match=words):
        to_saved(Table.from_list(domain, [[0] * len(domain.variables)]))


def test_numbers_too_great_for_float32_are_refused():
    with pytest.raises(SinkError, match="too large for float32"):
        to_saved(Table.from_list(Domain([ContinuousVariable("n")]), [[1e39]]))


@pytest.mark.parametrize("labels", [[None, None], []])
def test_target_that_is_nowhere_known_is_unknown(tmp_path, labels):
    with open_sink(tmp_path / "f.h5", "angle", is_target=True) as sink:
        sink.write(Embeddings(["a", "b"][: len(labels)], np.zeros((len(labels), 1), np.float32), labels))
    table = load_features(tmp_path / "f.h5")
    assert table.domain.class_var.name == "angle"
    assert np.isnan(table.Y).all() and len(table) == len(labels)


def test_attributes_of_a_table_that_save_data_wrote_come_back(tmp_path):
    from orangecontrib.transferlearning.orange.features_format import FeaturesFormat

    table = rich_table()
    table.attributes = {"author": "me"}
    path = str(tmp_path / "f.h5")
    FeaturesFormat.write(path, table)
    FeaturesFormat.write_table_metadata(path, table)
    assert dict(FeaturesFormat(path).read().attributes) == {"author": "me"}


def embeddings_of(table):
    """What computes each attribute, with what does not count when they are compared."""
    known = [feature_of(variable) for variable in table.domain.attributes]
    return [each and (each.index, *vars(each.embedding).values()) for each in known]


@pytest.mark.parametrize("has_prefix", [False, True], ids=["n0", "SqueezeNet n0"])
@pytest.mark.parametrize("numeric", [False, True], ids=["features only", "with a number"])
def test_features_that_orange_saved_still_compute_themselves(fake_network, tmp_path, numeric, has_prefix):
    images = image_table(tmp_path / "images", column="photo", numeric=numeric)
    table, _ = embed_table(images, Embedder("SqueezeNet", weights=None, seed=7), has_prefix=has_prefix)
    write_hdf5(tmp_path / "f.h5", to_saved(table))
    found = load_features(tmp_path / "f.h5")
    assert found.domain.attributes == table.domain.attributes
    assert embeddings_of(found) == embeddings_of(table)
    assert embeddings_of(found)[-1][2:4] == ("random:7", "photo")
    assert len({id(feature_of(variable).embedding) for variable in found.domain.attributes[-4:]}) == 1
    new = image_table(tmp_path / "new", column="photo", shift=9)
    np.testing.assert_array_equal(new.transform(found.domain).X, new.transform(table.domain).X)


def test_image_columns_called_like_the_network_are_columns(fake_network, tmp_path):
    columns = ("SqueezeNet mean", "other")
    features = np.arange(8, dtype=np.float32)[None]
    with open_sink(tmp_path / "f.h5", None) as sink:
        sink.write(
            Embeddings(["a.png"], features, [None], fingerprint=Embedder("SqueezeNet").fingerprint, columns=columns)
        )
    found = [feature_of(each).embedding for each in load_features(tmp_path / "f.h5").domain.attributes]
    assert [each.column for each in found] == ["SqueezeNet mean"] * 4 + ["other"] * 4
    assert not any(each.is_only_column for each in found)


def test_features_of_two_networks_still_compute_themselves(fake_network, tmp_path):
    once, _ = embed_table(image_table(tmp_path / "images"), Embedder("SqueezeNet"))
    table, _ = embed_table(once, Embedder("SqueezeNet", pooling="max"))
    write_hdf5(tmp_path / "f.h5", to_saved(table[:, 1:]))
    assert embeddings_of(load_features(tmp_path / "f.h5")) == embeddings_of(table)[1:]


def test_features_of_networks_and_columns_of_their_own_keep_weights_files_and_columns(fake_network, tmp_path):
    images = image_table(tmp_path / "images", column="front")
    back = images.domain["front"].copy(name="back")
    both = images.transform(Domain([], images.domain.class_var, (*images.domain.metas, back)))
    with both.unlocked(both.metas):
        both.metas[:, 2] = both.metas[::-1, 1]
    files = {name: tmp_path / f"{name}.keras" for name in ("avg", "max")}
    for file in files.values():
        file.touch()
    embedders = [Embedder("SqueezeNet", weights=file, pooling=name) for name, file in files.items()]
    for embedder, column in zip(embedders, ("front", "back"), strict=True):
        both, _ = embed_table(both, embedder, column)
    write_hdf5(tmp_path / "f.h5", to_saved(both))
    found = load_features(tmp_path / "f.h5")
    assert found.domain.attributes == both.domain.attributes
    assert embeddings_of(found) == embeddings_of(both)
    assert [each[2:4] for each in (embeddings_of(found)[0], embeddings_of(found)[-1])] == [
        (str(tmp_path / "avg.keras"), "front"),
        (str(tmp_path / "max.keras"), "back"),
    ]
    assert len({id(feature_of(variable).embedding) for variable in found.domain.attributes}) == 2


@pytest.mark.parametrize("name", ["f.h5", "f.npz", "f.parquet"])
def test_features_of_several_cameras_know_theirs(tmp_path, name):
    part = Embeddings(["a"], np.ones((1, 4)), [None], [], "net 1", columns=("left", "right"), weights="random:3")
    with open_sink(tmp_path / name, None) as sink:
        sink.write(part)
    table = load_features(tmp_path / name)
    expected = [(i, "net 1", "random:3", column, False) for column in ("left", "right") for i in (0, 1)]
    assert embeddings_of(table) == embeddings_of(to_table(part)) == expected
