"""The rows of the cache: packing, finding, counting, and the size of the file."""

import sqlite3

import numpy as np
import pytest

from orangecontrib.transferlearning.embedding import cache_store

KEY = bytes(range(16))


@pytest.fixture
def db(tmp_path):
    db = cache_store.connect(tmp_path / "features.sqlite")
    yield db
    db.close()


def test_a_packed_vector_is_read_only_for_whom_it_was_packed():
    vector = np.array([1, 2.5, -3], np.float32)
    packed = cache_store.pack(vector, 5, KEY)
    np.testing.assert_array_equal(cache_store.unpack(packed, 5, KEY), vector)
    assert cache_store.unpack(packed, 6, KEY) is None
    assert cache_store.unpack(packed, 5, KEY[::-1]) is None
    assert cache_store.unpack(packed[:-1], 5, KEY) is None
    assert cache_store.unpack(packed[:-4], 5, KEY) is None
    assert cache_store.unpack(b"", 5, KEY) is None
    assert len(cache_store.unpack(cache_store.pack(vector[:0], -5, KEY), -5, KEY)) == 0
    noted = cache_store.pack(vector, 5, KEY, b"note")
    np.testing.assert_array_equal(cache_store.unpack(noted, 5, KEY, b"note"), vector)
    assert cache_store.unpack(noted, 5, KEY) is None
    assert cache_store.unpack(noted, 5, KEY, b"vote") is None


def test_a_value_of_a_strange_length_or_type_is_a_miss(db):
    for value in ("text", 7, b"12345", b""):
        cache_store.insert(db, 5, "fingerprint", [(KEY, value if isinstance(value, bytes) else b"", b"")])
        db.execute("UPDATE vectors SET vector = ?", (value,))
        assert cache_store.find(db, 5, KEY, 0)[0] is None


def test_damaged_notes_are_a_miss(db):
    cache_store.insert(db, 5, "fingerprint", [(KEY, cache_store.pack(np.ones(3), 5, KEY, b"[]"), b"[]")])
    vector, notes, _ = cache_store.find(db, 5, KEY, 0)
    assert (vector.tolist(), notes) == ([1, 1, 1], b"[]")
    for value in ("[", 7, b"", b"[]]"):
        db.execute("UPDATE vectors SET notes = ?", (value,))
        assert cache_store.find(db, 5, KEY, 0)[0] is None


def test_a_fingerprint_has_the_same_number_everywhere():
    assert cache_store.fingerprint_id("fingerprint") == cache_store.fingerprint_id("fingerprint")
    assert cache_store.fingerprint_id("fingerprint") == -8530908406753057721
    assert cache_store.fingerprint_id("a") != cache_store.fingerprint_id("b")


def test_use_is_told_by_time(db):
    cache_store.insert(db, 5, "fingerprint", [(KEY, cache_store.pack(np.ones(3), 5, KEY), b"")])
    assert cache_store.find(db, 5, KEY, 0)[2] is False
    assert cache_store.find(db, 5, KEY, 1e12)[2] is True
    db.execute("UPDATE images SET used = 1")
    assert cache_store.find(db, 5, KEY, 2)[2] is True
    cache_store.note_use(db, [(5, KEY)])
    assert cache_store.find(db, 5, KEY, 2)[2] is False


def test_writing_is_all_or_nothing(db):
    with pytest.raises(KeyError), cache_store.transaction(db):
        cache_store.insert(db, 5, "fingerprint", [(KEY, cache_store.pack(np.ones(3), 5, KEY), b"")])
        raise KeyError
    assert cache_store.count(db) == []
    assert not db.in_transaction


@pytest.mark.parametrize("n_features", [512, 1024, 1280, 1536, 2048, 4096, 25088])
def test_the_file_is_little_larger_than_the_features(db, n_features):
    vector = np.zeros(n_features, np.float32)
    keys = [i.to_bytes(16) for i in range(2**20 // vector.nbytes)]
    with cache_store.transaction(db):
        cache_store.insert(db, 5, "fingerprint", [(key, cache_store.pack(vector, 5, key), b"") for key in keys])
    pages, page_size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    assert pages * page_size < 1.3 * len(keys) * vector.nbytes


def test_replaced_vectors_leave_nothing_behind(db):
    for value in range(5):
        cache_store.insert(db, 5, "fingerprint", [(KEY, cache_store.pack(np.full(9, value), 5, KEY), b"")])
    assert db.execute("SELECT count(*) FROM vectors").fetchone() == (1,)
    assert cache_store.count(db) == [("fingerprint", 1, 40)]


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
    assert cache_store.is_damage(error) is damage
    assert not cache_store.is_damage(PermissionError())


def test_another_process_that_writes_for_too_long_is_no_damage(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_store, "BUSY_SECONDS", 0.05)
    path = tmp_path / "features.sqlite"
    holder, waiter = cache_store.connect(path), cache_store.connect(path)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked") as caught, cache_store.transaction(waiter):
        pass
    assert not cache_store.is_damage(caught.value)
    holder.close()
    waiter.close()
