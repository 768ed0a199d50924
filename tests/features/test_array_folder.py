"""Folders of arrays: the name of each file, the index, and nothing outside the folder."""

import csv
import json
import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.errors import SinkError, SourceError
from orangecontrib.transferlearning.features.array_folder import ArrayFolder
from orangecontrib.transferlearning.features.opening import open_features, open_sink, read_features
from orangecontrib.transferlearning.records import Embeddings

from ..conftest import solid


def maps(keys, shape, **options):
    values = np.arange(len(keys) * np.prod(shape), dtype=np.float32).reshape(len(keys), *shape)
    return Embeddings(keys, values, [f"class of {key}" for key in keys], fingerprint="Network", **options)


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def index(folder):
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_maps_of_any_shape_mirror_the_folders_of_the_images(tmp_path):
    first, second = maps(["left/1.jpg", "left/2.jpg"], (2, 3, 4)), maps(["right/1.jpg"], (5, 1, 4))
    with ArrayFolder(tmp_path / "out") as sink:
        sink.write(first)
        assert files(tmp_path / "out")[-2:] == ["left/1.npy", "left/2.npy"]
        assert not (tmp_path / "out" / "index.csv").exists()
        sink.write(second)
    assert files(tmp_path / "out") == ["features.json", "index.csv", "left/1.npy", "left/2.npy", "right/1.npy"]
    found = np.load(tmp_path / "out" / "left" / "2.npy", allow_pickle=False)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, first.features[1])
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "right" / "1.npy"), second.features[0])


def test_index_lists_key_file_label_and_other_columns(tmp_path):
    part = maps(["a:1.jpg", "ž.jpg"], (2,), metas=[{"speed": 1.5, "key": "k"}, {"speed": None, "key": "l"}])
    with ArrayFolder(tmp_path / "out", "Kind") as sink:
        sink.write(part)
    assert index(tmp_path / "out") == [
        ["key", "file", "Kind", "speed", "key (2)"],
        ["a:1.jpg", "a_1.npy", "class of a:1.jpg", "1.5", "k"],
        ["ž.jpg", "ž.npy", "class of ž.jpg", "", "l"],
    ]
    assert json.loads((tmp_path / "out" / "features.json").read_text())["fingerprint"] == "Network"


def test_nothing_is_written_outside(tmp_path):
    keys = ["../../evil.jpg", "/etc/passwd", "C:\\Windows\\x.jpg", "https://a.org/1.jpg?x=/../..", ".part/rows.jsonl"]
    with ArrayFolder(tmp_path / "out", None) as sink:
        sink.write(maps(keys, (2,)))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    listed = [row[1] for row in index(tmp_path / "out")[1:]]
    assert len(set(listed)) == len(keys)
    assert files(tmp_path / "out") == sorted([*listed, "features.json", "index.csv"])


@pytest.mark.skipif(os.name == "nt", reason="links take rights there")
def test_link_that_leads_out_is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SinkError, match="is a link that leads out"), ArrayFolder(tmp_path / "out", overwrite=True) as s:
        s.write(maps(["a/1.jpg"], (2,)))
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_folder_with_files_in_it_is_refused_unless_they_may_be_replaced(tmp_path):
    (tmp_path / "1.npy").write_text("mine")
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(SinkError, match="has files in it already"):
        ArrayFolder(tmp_path)
    with ArrayFolder(tmp_path, overwrite=True) as sink:
        sink.write(maps(["1.jpg"], (2,)))
    assert np.load(tmp_path / "1.npy").tolist() == [0, 1]
    assert (tmp_path / "note.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "name, words",
    [
        ("file", "is a file; name a folder"),
        ("no/such", "There is no folder"),
        ("read", "d.npy, which is being read, is in .*read: choose another folder"),
        ("source/features", "features is in .*source, which is being read: choose a folder elsewhere"),
    ],
)
def test_folders_that_cannot_be_written_are_refused_at_once(tmp_path, name, words):
    (tmp_path / "file").touch()
    (tmp_path / "read").mkdir()
    (tmp_path / "source").mkdir()
    with pytest.raises(SinkError, match=words):
        ArrayFolder(tmp_path / name, inputs=[tmp_path / "read" / "d.npy", tmp_path / "source"])


def test_missing_file_of_an_earlier_run_is_refused(tmp_path):
    with pytest.raises(RuntimeError), ArrayFolder(tmp_path / "out") as sink:
        sink.write(maps(["a/1.jpg", "a/2.jpg"], (2,)))
        raise RuntimeError
    (tmp_path / "out" / "a" / "1.npy").unlink()
    with pytest.raises(SinkError, match="a/1.npy, which an earlier run wrote, is no longer in"):
        with ArrayFolder(tmp_path / "out", resume=True) as sink:
            sink.resume(_Source(), "Network")
            sink.write(maps(["a/3.jpg"], (2,)))
    assert not (tmp_path / "out" / "index.csv").exists()


class _Source(list):
    columns = ()
    label_name = "Class"
    is_target = False
    meta_names = ()

    def __init__(self):
        from orangecontrib.transferlearning.records import ImageItem

        super().__init__(ImageItem(key, key, f"class of {key}") for key in ("a/1.jpg", "a/2.jpg", "a/3.jpg"))


def test_each_image_of_a_row_has_its_own_file(fake_network, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(photos)
    Path("log.csv").write_text("left,right,angle\na/1.png,b/1.png,0.5\na/2.png,b/3.png,0.25\n")
    options = ["--image-column", "left", "--image-column", "right", "--target-column", "angle"]
    result = CliRunner().invoke(cli.main, ["embed", "log.csv", f"{tmp_path}/out/", *options])
    assert result.exit_code == 0, result.output
    assert files(tmp_path / "out") == ["a/1.npy", "a/2.npy", "b/1.npy", "b/3.npy", "features.json", "index.csv"]
    assert np.load(tmp_path / "out" / "b" / "1.npy").tolist() == [0, 0, 255, 0]
    assert [row[:3] for row in index(tmp_path / "out")[:3]] == [
        ["key", "file", "angle"],
        ["a/1.png", "a/1.npy", "0.5"],
        ["b/1.png", "b/1.npy", "0.5"],
    ]


def test_stopped_overwriting_leaves_no_list_of_what_was_there(tmp_path):
    with ArrayFolder(tmp_path / "out") as sink:
        sink.write(maps(["1.jpg", "2.jpg"], (2,)))
    with pytest.raises(RuntimeError), ArrayFolder(tmp_path / "out", overwrite=True) as sink:
        sink.write(maps(["1.jpg"], (3,)))
        raise RuntimeError
    assert [name for name in files(tmp_path / "out") if ".part" not in name] == ["1.npy", "2.npy"]


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
    options = ["--image-column", "filename", "--target-column", "angle", "--pooling", pooling]
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
