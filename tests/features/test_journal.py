"""The journal of an output after a crash, and after it is cleared."""

import os
from pathlib import Path

import numpy as np
import pytest

from orangecontrib.transferlearning.features.journal import Journal
from orangecontrib.transferlearning.records import Embeddings, Skipped


def rows(key, **known):
    return [Embeddings([key], np.zeros((1, 2), np.float32), [known.get("label")], known.get("skipped", []))]


@pytest.fixture
def journal(tmp_path):
    """A journal with one image embedded, and one skipped."""
    journal = Journal(tmp_path / "work")
    journal.lock(tmp_path / "f.h5")
    journal.end = journal.append(rows("a", skipped=[Skipped("b", "it is broken")]), journal.begin({"seed": 1}))
    yield journal
    journal.unlock()


def keys(journal):
    return [key for block in journal.blocks() for key in block["keys"]]


def test_skipped_images_keep_their_reasons(journal):
    assert journal.skipped() == [Skipped("b", "it is broken")]


def test_labels_of_numpy_are_noted_as_the_numbers_they_are(journal):
    journal.append(rows("c", label=np.float32(0.5)), journal.end)
    assert [block["labels"] for block in journal.blocks()] == [[None], [0.5]]


def test_line_without_its_line_break_is_ignored(journal):
    journal.append(rows("c"), journal.end)
    path = journal.folder / "rows.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    assert keys(journal) == ["a"]


def test_rows_without_settings_are_ignored_and_settings_may_be_without_rows(journal):
    path = journal.folder / "rows.jsonl"
    journal.unlock()  # As Windows removes no file that is open.
    (journal.folder / "settings.json").rename(journal.folder / "elsewhere")
    assert keys(Journal(journal.folder)) == []
    (journal.folder / "elsewhere").rename(journal.folder / "settings.json")
    assert keys(Journal(journal.folder)) == ["a"]
    path.unlink()
    assert keys(Journal(journal.folder)) == []


def test_journal_that_is_cleared_only_in_part_is_empty(journal, monkeypatch):
    usual = Path.unlink

    def crash(path, **options):
        if path.name != "settings.json":
            raise OSError(5, "crash")
        usual(path, **options)

    monkeypatch.setattr(Path, "unlink", crash)
    with pytest.raises(OSError, match="crash"):
        journal.clear()
    assert (journal.folder / "rows.jsonl").exists()
    assert keys(Journal(journal.folder)) == []


def test_new_run_takes_no_rows_of_one_that_was_killed_while_it_cleared(journal):
    journal.unlock()
    (journal.folder / "settings.json").unlink()
    (journal.folder / "features").write_bytes(b"left")
    new = Journal(journal.folder)
    new.lock(journal.folder)
    assert new.begin({"fingerprint": "other"}) == 0
    assert keys(new) == []
    assert sorted(path.name for path in journal.folder.iterdir()) == ["lock", "rows.jsonl", "settings.json"]
    new.unlock()


def test_folder_that_the_system_does_not_rename_is_removed_at_its_place(journal, monkeypatch):
    def refuse(*names):
        raise PermissionError(13, "a file in it is open")

    monkeypatch.setattr(os, "rename", refuse)
    journal.remove()
    assert not journal.folder.exists()
    assert not journal.is_locked


def test_rows_of_several_blocks_are_in_order_with_the_last_checksum(journal):
    block = Embeddings(["c", "d"], np.zeros((2, 2), np.float32), ["x", None], metas=[{"speed": 1}, {"speed": None}])
    journal.checksum = 17
    journal.append([block], journal.end)
    found = journal.rows()
    assert (found.keys, found.labels) == (["a", "c", "d"], [None, "x", None])
    assert (found.metas, found.checksum) == ([{}, {"speed": 1}, {"speed": None}], 17)
