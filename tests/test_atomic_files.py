"""Files that appear whole or not at all."""

import re
from pathlib import Path

import numpy as np
import pytest

from orangecontrib.transferlearning.atomic_files import AtomicFile, AtomicFiles
from orangecontrib.transferlearning.errors import SinkError
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
