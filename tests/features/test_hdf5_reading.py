"""HDF5 files that are not those of features, or not whole, are told from those that are."""

import h5py
import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SourceError
from orangecontrib.transferlearning.features.hdf5_reading import is_features_file, open_hdf5
from orangecontrib.transferlearning.features.opening import open_sink
from orangecontrib.transferlearning.records import Embeddings


@pytest.fixture
def path(tmp_path):
    """A file of two images in two classes."""
    with open_sink(tmp_path / "f.h5", "Kind") as sink:
        sink.write(Embeddings(["ž.png", "b.png"], np.array([[0.1, 2, 0], [3, 4, 0]], np.float32), ["no", None], []))
    return tmp_path / "f.h5"


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda file: file.attrs.__delitem__("complete"), "the file is not complete; write it again"),
        (
            lambda file: file.attrs.__setitem__("format", "other"),
            "not one of features: .* found features .*, keys .*, label",
        ),
        (
            lambda file: file.attrs.__setitem__("version", 2),
            "layout is version 2, .* reads up to 1; update",
        ),
        (lambda file: file.__delitem__("features"), "damaged or incomplete"),
    ],
)
def test_file_that_is_incomplete_or_not_of_features_is_refused(path, change, words):
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(SourceError, match=words):
        open_hdf5(path)


def test_file_of_features_is_recognized(path, tmp_path):
    assert is_features_file(path)
    (tmp_path / "other.h5").write_text("something else")
    assert not is_features_file(tmp_path / "other.h5")
