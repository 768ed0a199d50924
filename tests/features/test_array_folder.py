"""Folders of arrays: the name of each file, the index, and nothing outside the folder."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.features.array_folder import ArrayFolder
from orangecontrib.transferlearning.features.opening import read_features
from orangecontrib.transferlearning.records import Embeddings


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
        assert files(tmp_path / "out")[:2] == [".part/arrays/left/1.npy", ".part/arrays/left/2.npy"]
        assert [path.name for path in (tmp_path / "out").iterdir()] == [".part"]
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
    (tmp_path / "out" / ".part" / "arrays" / "a" / "1.npy").unlink()
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
    options = ["--backbone", "SqueezeNet", "--image-column", "left", "--image-column", "right"]
    options += ["--target-column", "angle"]
    result = CliRunner().invoke(cli.main, ["embed", "log.csv", f"{tmp_path}/out/", *options])
    assert result.exit_code == 0, result.output
    assert files(tmp_path / "out") == ["a/1.npy", "a/2.npy", "b/1.npy", "b/3.npy", "features.json", "index.csv"]
    assert np.load(tmp_path / "out" / "b" / "1.npy").tolist() == [0, 0, 255, 0]
    assert [row[:3] for row in index(tmp_path / "out")[:3]] == [
        ["key", "file", "angle"],
        ["a/1.png", "a/1.npy", "0.5"],
        ["b/1.png", "b/1.npy", "0.5"],
    ]


def test_stopped_overwriting_leaves_what_was_there_and_goes_on_to_remove_it(tmp_path):
    with ArrayFolder(tmp_path / "out") as sink:
        sink.write(maps(["1.jpg", "old/2.jpg"], (2,)))
    (tmp_path / "out" / "mine.npy").write_text("mine")
    with pytest.raises(RuntimeError), ArrayFolder(tmp_path / "out", overwrite=True) as sink:
        sink.write(maps(["1.jpg"], (3,)))
        raise RuntimeError
    assert read_features(tmp_path / "out").features.tolist() == [[0, 1], [2, 3]]
    (tmp_path / "out" / ".part" / "arrays" / "1.npy").unlink()
    with pytest.raises(SinkError, match="1.npy, which an earlier run wrote, is no longer in .*arrays"):
        with ArrayFolder(tmp_path / "out", overwrite=True, resume=True):
            pass
    with ArrayFolder(tmp_path / "out", overwrite=True) as sink:
        sink.write(maps(["1.jpg"], (3,)))
    assert files(tmp_path / "out") == ["1.npy", "features.json", "index.csv", "mine.npy"]
    assert not (tmp_path / "out" / "old").exists()
    assert read_features(tmp_path / "out").features.tolist() == [[0, 1, 2]]


def test_list_of_another_program_removes_no_file_elsewhere(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "mine.npy").write_text("mine")
    (tmp_path / "out" / "features.json").write_text("{}")
    (tmp_path / "out" / "index.csv").write_text("key,file\na,../mine.npy\nb,note.txt\nc\n")
    (tmp_path / "out" / "note.txt").write_text("mine")
    with ArrayFolder(tmp_path / "out", None, overwrite=True) as sink:
        sink.write(maps(["1.jpg"], (3,)))
    assert (tmp_path / "mine.npy").read_text() == "mine"
    assert files(tmp_path / "out") == ["1.npy", "features.json", "index.csv", "note.txt"]
