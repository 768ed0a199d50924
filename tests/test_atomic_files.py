"""Files that appear whole or not at all."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from orangecontrib.transferlearning import part_folder
from orangecontrib.transferlearning.atomic_files import AtomicFile, AtomicFiles, whole_file
from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.features.csv_file import CsvSink
from orangecontrib.transferlearning.features.opening import open_sink
from orangecontrib.transferlearning.features.sink import FeatureFiles
from orangecontrib.transferlearning.records import Embeddings


@pytest.mark.parametrize("error, seen", [(KeyboardInterrupt(), KeyboardInterrupt), (OSError(28, "full"), SinkError)])
def test_nothing_stays_where_files_cannot_all_be_opened(tmp_path, monkeypatch, error, seen):
    usual = Path.open

    def stop_at_the_second(path, **options):
        if "two" in path.name:
            raise error
        return usual(path, **options)

    monkeypatch.setattr(Path, "open", stop_at_the_second)
    words = re.escape(f"Cannot write {tmp_path / 'one'}: full.") if seen is SinkError else None
    with pytest.raises(seen, match=words), AtomicFiles((tmp_path / "one", tmp_path / "two"), overwrite=False):
        pass
    assert list(tmp_path.iterdir()) == []


class FullDisk(FeatureFiles):
    """Files on a disk that is full at a point of the work."""

    full_at = ""

    def _write(self, embeddings):
        self._fail("write")

    def _finish(self):
        self._fail("finish")

    def _fail(self, point):
        if self.full_at == point:
            raise OSError(28, "No space left on device")


@pytest.mark.parametrize("point", ["write", "finish"])
def test_full_disk_is_said_with_the_name_of_the_file_and_leaves_nothing(tmp_path, monkeypatch, point):
    monkeypatch.setattr(FullDisk, "full_at", point)
    words = re.escape(f"Cannot write {tmp_path / 'one'}: No space left on device.")
    with pytest.raises(SinkError, match=words), FullDisk((tmp_path / "one",), overwrite=False) as files:
        files.write(Embeddings(["a"], np.zeros((1, 2), np.float32), [None], [], ""))
    assert list(tmp_path.iterdir()) == []


def test_file_is_whole_or_not_there_and_a_full_disk_is_named(tmp_path, monkeypatch):
    with AtomicFile(tmp_path / "one") as file:
        assert (file.write(b"first, "), file.write(b"second")) == (7, 6)
        assert not (tmp_path / "one").exists()
    assert (tmp_path / "one").read_bytes() == b"first, second"
    with pytest.raises(SinkError, match=re.escape(f"Cannot write {tmp_path / 'one'}: No space left")):
        with AtomicFile(tmp_path / "one", overwrite=True) as file:
            full = open("/dev/full", "wb", buffering=0)
            monkeypatch.setattr(file, "_files", [full])
            file.write(b"third")
    full.close()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("one", b"first, second")]


@pytest.mark.parametrize("name", ["", ".", "folder/", ".."])
def test_path_that_names_no_file_is_refused(name):
    with pytest.raises(SinkError, match="is not the name of a file"):
        AtomicFile(name)


@pytest.mark.parametrize("taken", ["one", "old"])
def test_output_of_another_run_that_finished_meanwhile_is_not_replaced(tmp_path, taken):
    files = AtomicFiles((tmp_path / "one",), overwrite=False, stale=(tmp_path / "old",))
    with pytest.raises(SinkError, match=f"{taken} is there already"), files:
        tmp_path.joinpath(taken).write_text("theirs")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(taken, "theirs")]


def test_device_pipe_and_link_to_a_device_are_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    for path in (tmp_path / "pipe", tmp_path / "link", Path("/dev/full")):
        with pytest.raises(SinkError, match=f"{path} is a device or a pipe, which is never replaced: name a file"):
            AtomicFile(path, overwrite=True)


@pytest.mark.parametrize("n_bytes, is_long", [(240, False), (241, True), (5000, True)])
def test_name_that_is_too_long_is_refused_at_once(tmp_path, n_bytes, is_long):
    path = tmp_path / ("x" * n_bytes)
    if is_long:
        with pytest.raises(SinkError, match="xxx... is too long for the name of a file: choose one of 240 bytes"):
            AtomicFile(path)
        return
    with AtomicFile(path) as file:
        file.write(b"new")
    assert path.read_text() == "new"


def test_path_that_is_too_long_is_refused_in_words(tmp_path):
    with pytest.raises(SinkError, match="Cannot write .*: File name too long"):
        AtomicFile(tmp_path.joinpath(*["x" * 200] * 30))


HOLD = """
import sys, time
from pathlib import Path
from orangecontrib.transferlearning.atomic_files import AtomicFile
with AtomicFile(sys.argv[1], overwrite=True) as file:
    file.write(b"half")
    print("begun", flush=True)
    time.sleep(60)
"""


def test_second_run_is_told_at_once_and_what_a_killed_one_has_left_goes(tmp_path):
    path = tmp_path / "one"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True)
    holder.stdout.readline()
    with pytest.raises(SinkError, match="one is being written by another run: wait for it, or choose another name"):
        AtomicFile(path)
    with pytest.raises(SinkError, match="is being written by another run"), whole_file(path):
        pass
    holder.kill()
    holder.wait()
    assert [entry.name for entry in tmp_path.iterdir()] == [".one.new.part"]
    with AtomicFile(path) as file:
        file.write(b"whole")
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("one", "whole")]


def test_file_system_without_locks_is_taken_as_it_is(tmp_path, monkeypatch):
    def refuse(file):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(part_folder, "_lock", refuse)
    with AtomicFile(tmp_path / "one") as file:
        file.write(b"whole")
    assert [entry.name for entry in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("kind", [AtomicFile, lambda path: CsvSink(path), lambda path: open_sink(path, None)])
def test_folder_that_cannot_be_written_is_the_error_that_is_told(tmp_path, monkeypatch, kind):
    """As on a read-only file system: nothing can be made in it, or removed."""

    def refuse(path, *arguments, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    output = kind(tmp_path / "one.csv")
    for name in ("mkdir", "unlink", "rmdir"):
        monkeypatch.setattr(Path, name, refuse)
    with pytest.raises(SinkError, match="Cannot write .*one.csv: Read-only file system"), output:
        pass


def test_folder_that_is_removed_during_the_work_is_told_with_the_name_of_the_file(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(SinkError, match="There is no folder .*out to write f.csv in|Cannot write .*f.csv: No"):
        with CsvSink(tmp_path / "out" / "f.csv") as sink:
            sink.write(Embeddings(["a"], np.zeros((1, 2), np.float32), ["x"]))
            shutil.rmtree(tmp_path / "out")


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_link_stays_and_what_it_leads_to_is_made_or_replaced(tmp_path):
    place = tmp_path / "elsewhere"
    place.mkdir()
    for name, before in (("new", None), ("old", b"old")):
        target, link = place / name, tmp_path / f"{name} link"
        link.symlink_to(target)
        if before:
            target.write_bytes(before)
            with pytest.raises(SinkError, match=f"{link} is there already"):
                AtomicFile(link)
        with AtomicFile(link, overwrite=before is not None) as file:
            file.write(b"content")
        assert link.is_symlink()
        assert target.read_bytes() == link.read_bytes() == b"content"
    with whole_file(tmp_path / "old link") as part:
        part.write_bytes(b"whole")
    assert (tmp_path / "old link").is_symlink()
    assert (place / "old").read_bytes() == b"whole"
    assert {path.name for path in tmp_path.rglob("*")} == {"elsewhere", "new", "old", "new link", "old link"}


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_links_that_lead_nowhere_or_out_of_a_group_of_files_are_refused(tmp_path):
    links = {"astray": tmp_path / "none" / "file", "loop": tmp_path / "loop", "pair": tmp_path / "file"}
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)
    with pytest.raises(SinkError, match=f"There is no folder {tmp_path / 'none'} to write file in: make it first"):
        AtomicFile(tmp_path / "astray", overwrite=True)
    with pytest.raises(SinkError, match="loop is a link that leads to itself: remove it, or choose another name"):
        AtomicFile(tmp_path / "loop", overwrite=True)
    with pytest.raises(SinkError, match="pair is a link, and is written together with other files: choose another"):
        AtomicFiles((tmp_path / "one", tmp_path / "pair"), True)
    assert {path.name for path in tmp_path.iterdir()} == set(links)


LINKED = {
    ".f.csv.new.part": ("f.csv", {}), ".f.h5.part": ("f.h5", {}), ".f.npz.part": ("f.npz", {}),
    ".f.parquet.part": ("f.parquet", {}), ".f_data.npy.new.part": ("f", {}), "f/.part": ("f/", {}),
}  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("link, out", [(link, out) for link, (out, _) in LINKED.items()])
def test_work_folder_that_is_a_link_is_refused_and_never_followed(tmp_path, link, out, overwrite):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("keep")
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(precious)
    with pytest.raises(SinkError, match=f"{link}, the folder for the work on .*, is a link: remove it, or choose"):
        with open_sink(f"{tmp_path}/{out}", None, overwrite=overwrite):
            pass
    assert [(path.name, path.read_text()) for path in precious.iterdir()] == [("thesis.txt", "keep")]
    assert (tmp_path / link).is_symlink()


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_model_and_saved_data_do_not_follow_a_link_in_the_place_of_their_work_folder(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("keep")
    for name in ("m.pkcls", "s.h5"):
        (tmp_path / f".{name}.new.part").symlink_to(precious)
    with pytest.raises(SinkError, match="is a link: remove it, or choose another name"):
        AtomicFile(tmp_path / "m.pkcls", overwrite=True)
    with pytest.raises(SinkError, match="is a link: remove it"), whole_file(tmp_path / "s.h5"):
        pass
    # Made after the check.
    files = AtomicFile(tmp_path / "late")
    (tmp_path / ".late.new.part").symlink_to(precious)
    with pytest.raises(SinkError, match="is a link: remove it"), files:
        pass
    assert [(path.name, path.read_text()) for path in precious.iterdir()] == [("thesis.txt", "keep")]


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_links_in_a_work_folder_are_removed_and_never_followed(tmp_path):
    place, (mine, folder) = tmp_path / "place", (tmp_path / "mine", tmp_path / "folder")
    folder.mkdir()
    for path in (mine, folder / "inside"):
        path.write_text("keep")
    (place / "arrays").mkdir(parents=True)
    for name, target in (("lock", mine), ("features.f4", mine), ("arrays/a", folder), ("sub", folder)):
        (place / name).symlink_to(target)
    (place / "own").write_text("own")
    work = part_folder.PartFolder(place)
    work.lock(tmp_path / "out")
    assert sorted(path.relative_to(place).as_posix() for path in place.rglob("*")) == ["arrays", "lock", "own"]
    assert not (place / "lock").is_symlink()
    work.remove()
    assert not place.exists()
    assert (mine.read_text(), (folder / "inside").read_text()) == ("keep", "keep")


def half_moved(tmp_path, finished):
    """Leave the work of a killed run of an NPY pair, with a list of what it had finished."""
    place = tmp_path / ".q_data.npy.new.part"
    place.mkdir()
    (place / ".finished").write_bytes(finished if isinstance(finished, bytes) else json.dumps(finished).encode())
    for name in ("ref.h5", "q_labels.npy"):
        (tmp_path / name).write_text("keep")
    return place


@pytest.mark.parametrize("finished", [
    {"written": ["q_data.npy", "q_labels.npy"], "stale": ["ref.h5"]},
    {"written": ["ref.h5"], "stale": []},
    {"written": ["q_labels.npy", "q_data.npy"], "stale": []},
    {"written": ["q_data.npy", "../q_labels.npy"], "stale": []},
    {"written": ["q_data.npy"], "stale": ["sub/q_labels.npy"]},
    {"written": ["q_data.npy", 3], "stale": []},
    {"written": ["q_data.npy", ["x"]], "stale": []},
    {"written": []},
    [], 7, b"{", b"", b"\xff",
])  # fmt: skip
def test_list_of_finished_files_moves_and_removes_only_those_of_the_output(tmp_path, finished):
    place = half_moved(tmp_path, finished)
    words = re.escape(f"The work of a stopped run in {place} is damaged: say --overwrite to begin again.")
    (tmp_path / "q_labels.npy").unlink()
    for _ in range(2):
        with pytest.raises(SinkError, match=f"^{words}$"), open_sink(tmp_path / "q", "Class"):
            pass
    assert (tmp_path / "ref.h5").read_text() == "keep"
    with open_sink(tmp_path / "q", "Class", overwrite=True) as sink:
        sink.write(Embeddings(["a"], np.ones((1, 2), np.float32), ["x"]))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["q_data.npy", "q_labels.npy", "ref.h5"]
    assert (tmp_path / "ref.h5").read_text() == "keep"
    assert np.load(tmp_path / "q_data.npy").tolist() == [[1, 1]]
