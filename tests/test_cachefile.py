"""The file of a cache: whether it is damaged, or others are writing."""

import sqlite3

import pytest

from orangecontrib.transferlearning import cachefile


@pytest.mark.parametrize(
    ("code", "damage"),
    [
        (sqlite3.SQLITE_CORRUPT, True),
        (sqlite3.SQLITE_NOTADB, True),
        (sqlite3.SQLITE_FULL, False),
        (sqlite3.SQLITE_IOERR_WRITE, False),
        (sqlite3.SQLITE_READONLY_DIRECTORY, False),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, False),
    ],
)
def test_damage_is_told_from_trouble_with_the_disk(code, damage):
    error = sqlite3.DatabaseError()
    error.sqlite_errorcode = code
    assert cachefile.is_damage(error) is damage
    assert not cachefile.is_damage(PermissionError())


def test_another_process_that_writes_for_too_long_is_no_damage(tmp_path, monkeypatch):
    monkeypatch.setattr(cachefile, "BUSY_SECONDS", 0.05)
    path = tmp_path / "features.sqlite"
    holder, waiter = cachefile.connect(path), cachefile.connect(path)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked") as caught, cachefile.writing(waiter):
        pass
    assert not cachefile.is_damage(caught.value)
    holder.close()
    waiter.close()
