"""The layout of HDF5 files of features, as other programs see it."""

import time

import h5py
import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.features.hdf5_writing import write_hdf5
from orangecontrib.transferlearning.features.opening import open_sink
from orangecontrib.transferlearning.features.saved_features import SavedFeatures
from orangecontrib.transferlearning.records import Embeddings

FEATURES = np.array([[0.1, 2, 0], [3, 4, 0]], np.float32)


@pytest.fixture
def path(tmp_path):
    """A file of two images in two classes."""
    metas = [{"speed": 1, "a/b": "x", ".": None}, {"speed": 2, "a/b": None, ".": 0.5}]
    with open_sink(tmp_path / "f.h5", "Kind") as sink:
        sink.write(Embeddings(["ž.png", "b.png"], FEATURES, ["no", None], [], "Network layer=last", metas))
    return tmp_path / "f.h5"


def test_datasets_and_attributes_are_those_that_are_documented(path):
    with h5py.File(path) as file:
        assert file["features"].dtype == np.float32
        assert file["features"].maxshape == (None, 3)
        assert (file["features"].chunks, file["features"].fletcher32) == ((2, 3), True)
        np.testing.assert_array_equal(file["features"], FEATURES)
        assert (file["labels"].dtype, file["labels"][:].tolist()) == (np.int32, [0, -1])
        assert file["label_names"].asstr()[:].tolist() == ["no"]
        assert file["keys"].asstr()[:].tolist() == ["ž.png", "b.png"]
        assert dict(file.attrs) == {
            "format": "orange-transfer features", "version": 1, "complete": True, "fingerprint": "Network layer=last",
            "label_name": "Kind",
        }  # fmt: skip
        assert {name: data.attrs["name"] for name, data in file["metas"].items()} == {
            "speed": "speed", "a_b": "a/b", "column 2": ".",
        }  # fmt: skip
        assert file["metas/speed"][:].tolist() == [1, 2]
        assert file["metas/a_b"].asstr()[:].tolist() == ["x", ""]


def test_target_is_float64_and_has_no_names(tmp_path):
    with open_sink(tmp_path / "f.h5", "angle", is_target=True) as sink:
        sink.write(Embeddings(["a", "b"], FEATURES, [1, None]))
    with h5py.File(tmp_path / "f.h5") as file:
        assert file["labels"].dtype == np.float64
        np.testing.assert_array_equal(file["labels"], [1, np.nan])
        assert "label_names" not in file


@pytest.mark.parametrize("compression", ["gzip", "lzf"])
def test_compressed_features_are_smaller_and_the_same(tmp_path, compression):
    rows = np.zeros((1000, 100), np.float32)
    rows[:, 0] = np.arange(1000)
    with open_sink(tmp_path / "f.h5", None, compression=compression) as sink:
        sink.write(Embeddings([str(i) for i in range(1000)], rows, [None] * 1000))
    assert (tmp_path / "f.h5").stat().st_size < rows.nbytes / 4
    with h5py.File(tmp_path / "f.h5") as file:
        assert file["features"].compression == compression
        np.testing.assert_array_equal(file["features"], rows)
    with pytest.raises(SinkError, match="gzip or lzf, not by 'zip'"):
        open_sink(tmp_path / "g.h5", None, compression="zip")


def test_wide_rows_lie_in_chunks_of_about_a_megabyte(tmp_path):
    rows = np.zeros((30, 25_088), np.float32)
    write_hdf5(tmp_path / "f.h5", SavedFeatures(rows.shape, lambda: [rows]))
    with h5py.File(tmp_path / "f.h5") as file:
        assert file["features"].chunks == (10, 25_088)


def test_equal_features_are_equal_bytes_at_any_time(tmp_path):
    saved = SavedFeatures(FEATURES.shape, lambda: iter([FEATURES]), metas={"author": ["a", "b"]})
    write_hdf5(tmp_path / "a.h5", saved)
    time.sleep(1.1)  # HDF5 counts times in seconds.
    write_hdf5(tmp_path / "b.h5", saved)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_nul_in_a_key_is_refused_with_a_sentence(tmp_path):
    with (
        pytest.raises(SinkError, match="cannot hold a NUL character"),
        open_sink(tmp_path / "f.h5", None) as sink,
    ):
        sink.write(Embeddings(["a\0b"], FEATURES[:1], [None]))
    assert not (tmp_path / "f.h5").exists()
