"""Folders of arrays come back as they were written, or are refused by the name of the file that is wrong."""

import pickle
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.errors import SourceError
from orangecontrib.transferlearning.features.opening import open_features, open_sink, read_features
from orangecontrib.transferlearning.records import Embeddings

from ..conftest import solid


def write(folder, features, labels, label_name="Kind", fingerprint="Net layer=last pooling=none size=4x4", **options):
    keys = [f"left/{i}.jpg" for i in range(len(features))]
    metas = [{"speed": i / 2, "road": None if i else "A1"} for i in range(len(features))]
    with open_sink(f"{folder}/", label_name, **options) as sink:
        sink.write(Embeddings(keys, features, labels, fingerprint=fingerprint, metas=metas))


def test_vectors_keys_labels_and_columns_come_back(tmp_path):
    features = np.array([[0.1, 2], [3, 1 / 3]], np.float32)
    write(tmp_path / "f", features, ["a, b", None])
    found = open_features(tmp_path / "f")
    np.testing.assert_array_equal(found.read_into(np.empty((2, 2), np.float32)), features)
    assert (found.keys, found.labels, found.label_name) == (["left/0.jpg", "left/1.jpg"], ["a, b", None], "Kind")
    assert (found.classes, found.is_target, found.feature_names) == (("a, b",), False, ["n0", "n1"])
    assert found.metas == {"speed": [0, 0.5], "road": ["A1", None]}
    assert found.fingerprint == "Net layer=last pooling=none size=4x4"


def test_maps_become_the_vectors_that_flattening_gives(tmp_path):
    maps = np.arange(24, dtype=np.float32).reshape(2, 2, 2, 3)
    write(tmp_path / "f", maps, [1, None], is_target=True)
    found = read_features(tmp_path / "f")
    np.testing.assert_array_equal(found.features, maps.reshape(2, 12))
    assert found.labels == [1.0, None]
    assert found.fingerprint == "Net layer=last pooling=flatten size=4x4"


def test_features_are_read_a_block_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr("orangecontrib.transferlearning.features.saved_features.BLOCK_BYTES", 40)
    features = np.arange(28, dtype=np.float32).reshape(14, 2)
    write(tmp_path / "f", features, [None] * 14, None)
    blocks = list(open_features(tmp_path / "f").read_blocks())
    assert [len(block) for block in blocks] == [5, 5, 4]
    np.testing.assert_array_equal(np.concatenate(blocks), features)


def test_folder_of_no_images_is_read(tmp_path):
    with open_sink(f"{tmp_path}/f/", "Kind"):
        pass
    assert open_features(tmp_path / "f").shape == (0, 0)


def test_maps_of_several_shapes_are_refused_by_name(tmp_path):
    with open_sink(f"{tmp_path}/f/", None) as sink:
        sink.write(Embeddings(["a"], np.zeros((1, 2, 3, 4), np.float32), [None]))
        sink.write(Embeddings(["b"], np.zeros((1, 2, 5, 4), np.float32), [None]))
    with pytest.raises(SourceError, match="b.npy: expected features of shape 2 x 3 x 4, .*, found 2 x 5 x 4; embed"):
        read_features(tmp_path / "f")


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("index.csv", None, "list of images cannot be read"),
        ("index.csv", "a,b\n", "expected the columns key and file first, found a, b"),
        ("index.csv", "key,file,Kind\n1,2\n", "image 1: expected 3 cells, found 2"),
        ("features.json", None, "or a folder that embed wrote to its end"),
        ("features.json", "[]", "damaged"),
        ("left/0.npy", None, "no such file, though index.csv lists it"),
        ("left/0.npy", "x", "the file is damaged"),
    ],
)
def test_incomplete_folder_is_refused(tmp_path, name, content, words):
    write(tmp_path / "f", np.zeros((2, 2), np.float32), ["a", "b"])
    if content is None:
        (tmp_path / "f" / name).unlink()
    else:
        (tmp_path / "f" / name).write_text(content)
    with pytest.raises(SourceError, match=words):
        read_features(tmp_path / "f")


@pytest.mark.parametrize("pooling", ["none", "auto"])
def test_regressor_is_trained_on_the_folder_of_a_driving_log(fake_network, tmp_path, monkeypatch, pooling):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "left").mkdir()
    lines = ["index,filename,angle"]
    for i in range(40):
        Image.fromarray(solid((6 * i, 50, 50), (6, 8))).save(f"left/{i}.png")
        lines.append(f"{i},left/{i}.png,{i / 100}")
    (tmp_path / "log.csv").write_text("\n".join(lines))
    options = ["--backbone", "SqueezeNet", "--image-column", "filename", "--target-column", "angle"]
    options += ["--pooling", pooling]
    done = CliRunner().invoke(cli.main, ["embed", "log.csv", "features/", *options])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "features" / "left" / "7.npy").is_file()
    done = CliRunner().invoke(cli.main, ["train", "features", "steering"])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Ridge regression")
    assert float(re.search(r"^R2 +([\d.]+)$", done.stdout, re.M)[1]) > 0.99
    model = pickle.loads((tmp_path / "steering.pkcls").read_bytes())
    assert model.domain.class_var.name == "angle"
    assert ("pooling=flatten" in model.fingerprint) == (pooling == "none")
