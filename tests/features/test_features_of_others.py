"""Files of features that other programs wrote: what is unambiguous is read; otherwise the message says what to do."""

import h5py
import numpy as np
import pandas as pd
import pytest

from orangecontrib.transferlearning.errors import SourceError
from orangecontrib.transferlearning.features.opening import open_features

FEATURES = np.random.default_rng(0).random((6, 3)).astype(np.float32)
MAPS = np.arange(6 * 8, dtype=np.float32).reshape(6, 2, 2, 2)
LABELS = [0, 1, 1, 0, 0, 1]


@pytest.fixture
def frame():
    frame = pd.DataFrame(FEATURES).add_prefix("n")
    frame.insert(0, "Class", LABELS)
    return frame


def check(path, features=FEATURES, labels=LABELS, label_name="Class"):
    found = open_features(path)
    assert (found.labels, found.label_name, found.metas, found.fingerprint) == (labels, label_name, {}, "")
    np.testing.assert_array_equal(found.read_into(np.empty(found.shape, np.float32)), features)


def test_index_of_pandas_is_left_out(tmp_path, frame):
    frame.to_csv(tmp_path / "f.csv")
    check(tmp_path / "f.csv")
    pd.read_csv(tmp_path / "f.csv").to_csv(tmp_path / "g.csv", index=False)
    check(tmp_path / "g.csv")


def test_first_column_that_does_not_count_the_rows_is_kept(tmp_path, frame):
    frame.index = [3, 1, 2, 0, 4, 5]
    frame.to_csv(tmp_path / "f.csv")
    found = open_features(tmp_path / "f.csv")
    assert (found.label_name, found.metas) == (None, {"": [3, 1, 2, 0, 4, 5], "Class": LABELS})


def test_labels_may_be_the_last_column(tmp_path, frame):
    frame["label"] = frame.pop("Class")
    frame.to_csv(tmp_path / "f.csv", index=False)
    check(tmp_path / "f.csv", label_name="label")
    frame.to_csv(tmp_path / "g.csv")
    check(tmp_path / "g.csv", label_name="label")


@pytest.mark.parametrize(
    "text, words",
    [
        (
            "0,0.5,0.25\n1,0.5,0.75\n",
            r"found a first line of numbers \(0, 0.5, 0.25 ...\): write one before it, as Class,n0,n1,...$",
        ),
        ("cats 0.5,0.25\n", r"numbers \(cats 0.5, 0.25 ...\): .* as Class,n0,n1,..., and commas instead of spaces$"),
        (
            "Class,f1,f2\na,1,2\n",
            "n0, n1, ..., side by side, found Class, f1, f2 ...: rename the columns; one other column",
        ),
        ("n0,Class,n1\n1,a,2\n3,b,4\n", "side by side, found n0, Class, n1 ...: rename the columns"),
    ],
)
def test_columns_without_names_of_features_are_refused_with_advice(tmp_path, text, words):
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(SourceError, match=words):
        open_features(tmp_path / "f.csv")


@pytest.mark.parametrize("features, found", [(FEATURES, FEATURES), (MAPS, MAPS.reshape(6, 8))])
@pytest.mark.parametrize("names", [None, ["cats", "dogs"]])
def test_plain_hdf5_is_read_by_the_usual_names(tmp_path, features, found, names):
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file["features"] = features.astype(np.float64)
        file["labels"] = np.array(LABELS)
        if names:
            file["label_names"] = names
    check(tmp_path / "f.h5", found, [names[label] for label in LABELS] if names else LABELS)


@pytest.mark.parametrize(
    "content, words",
    [
        ({"spectra": np.ones((6, 2))}, r"or the datasets features \(float, a row .* labels .*, found spectra \(6, 2\)"),
        ({"features": np.ones((6, 2), int)}, r"found features \(6, 2\)"),
        ({"features": np.ones((6, 2)), "other": np.ones(3)}, r"found features \(6, 2\), other \(3,\)"),
        ({"features": np.ones((6, 2)), "labels": np.ones(3)}, r"expected 6 labels, one for each row .*, found \(3,\)"),
    ],
)
def test_other_hdf5_is_refused_with_what_was_found(tmp_path, content, words):
    with h5py.File(tmp_path / "f.h5", "w") as file:
        for name, values in content.items():
            file[name] = values
    with pytest.raises(SourceError, match=words):
        open_features(tmp_path / "f.h5")


@pytest.mark.parametrize("features, found", [(FEATURES, FEATURES), (MAPS, MAPS.reshape(6, 8))])
def test_single_array_is_features_without_labels(tmp_path, features, found):
    np.save(tmp_path / "bottleneck.npy", features)
    check(tmp_path / "bottleneck.npy", found, [], None)


def test_array_of_images_is_not_taken_for_features(tmp_path):
    np.save(tmp_path / "images.npy", np.zeros((2, 4, 4, 3), np.uint8))
    with pytest.raises(SourceError, match=r"images.npy: expected rows of float features, found uint8 of shape \(2, 4,"):
        open_features(tmp_path / "images.npy")
