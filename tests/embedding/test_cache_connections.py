"""A cache whose file is damaged, foreign or not usable: features may be lost, but never wrong, and nothing fails."""

import os
import sqlite3
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.pipeline import content_hash

KEYS = [content_hash(b"%d" % i) for i in range(200)]
FEATURES = {key: np.random.default_rng(i).random(300, dtype=np.float32) for i, key in enumerate(KEYS)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "features.sqlite"


def fill(path):
    cache = FeatureCache(path)
    cache.store("fingerprint", FEATURES)
    cache.close()


def aside(path):
    return path.with_name(path.name + ".corrupt")


def assert_works(cache):
    cache.store("fingerprint", {KEYS[0]: FEATURES[KEYS[0]]})
    np.testing.assert_array_equal(cache.find("fingerprint", KEYS[:1])[KEYS[0]].features, FEATURES[KEYS[0]])
    assert cache.problem is None
    cache.close()


def assert_no_wrong_features(found):
    assert all(np.array_equal(image.features, FEATURES[key]) for key, image in found.items())


def random_bytes(path):
    path.write_bytes(np.random.default_rng(0).bytes(10000))


def text(path):
    path.write_text("Class,n0\ncat,1\n" * 100)


def cut(path):
    fill(path)
    os.truncate(path, path.stat().st_size // 2 // 2048 * 2048)


def cut_within_a_page(path):
    fill(path)
    os.truncate(path, 3000)


def other_version(path):
    fill(path)
    execute(path, "PRAGMA user_version=7")


def no_tables(path):
    fill(path)
    execute(path, "DROP TABLE vectors")


def other_tables(path):
    fill(path)
    execute(path, "DROP TABLE images", "CREATE TABLE images (x)")


def other_database(path):
    execute(path, "CREATE TABLE images (x)", "INSERT INTO images VALUES (1)")


def schema_in_no_known_letters(path):
    fill(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"CREATE TABLE vectors", b"CREATE TABLE \xff\xfe\xfd\xff\xff\xff\xff"))


def directory(path):
    path.mkdir()
    (path / "something").write_text("in it")


def execute(path, *statements):
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


@pytest.mark.parametrize(
    "spoil",
    [
        random_bytes,
        text,
        cut,
        cut_within_a_page,
        other_version,
        no_tables,
        other_tables,
        other_database,
        schema_in_no_known_letters,
        directory,
    ],
)
def test_a_damaged_or_foreign_file_is_set_aside_and_begun_anew(path, spoil):
    spoil(path)
    cache = FeatureCache(path)
    assert cache.find("fingerprint", KEYS[5:]).keys() <= set(KEYS)
    assert_works(cache)
    assert aside(path).exists()
    assert path.is_file()
    assert cache.remark == f"{path} was damaged: a new one was begun, and the damaged one is now {aside(path).name}."


def test_an_empty_file_is_simply_filled(path):
    path.touch()
    cache = FeatureCache(path)
    assert_works(cache)
    assert cache.remark is None
    assert not aside(path).exists()


def test_only_the_last_damaged_file_is_kept(path):
    for content in (b"first" * 1000, b"second" * 1000):
        path.write_bytes(content)
        assert_works(FeatureCache(path))
    assert [entry for entry in path.parent.iterdir() if "corrupt" in entry.name] == [aside(path)]
    assert aside(path).read_bytes().startswith(b"second")


@pytest.mark.parametrize("first", ["find", "store", "summary", "clear"])
def test_damage_in_the_middle_of_the_work_is_survived(path, first):
    fill(path)
    cache = FeatureCache(path)
    assert len(cache.find("fingerprint", KEYS)) == len(KEYS)
    with open(path, "r+b") as file:
        file.write(b"\xa5" * path.stat().st_size)
    calls = {"find": lambda: cache.find("fingerprint", KEYS), "store": lambda: cache.store("fingerprint", FEATURES)}
    calls.get(first, getattr(cache, first))()
    assert_no_wrong_features(cache.find("fingerprint", KEYS))
    assert cache.problem is None
    cache.close()
    assert_works(FeatureCache(path))


@given(st.integers(0, 140), st.integers(0, 2047), st.binary(min_size=1, max_size=3000))
def test_no_damage_gives_wrong_features(tmp_path_factory, page, offset, content):
    path = tmp_path_factory.mktemp("cache") / "features.sqlite"
    fill(path)
    with open(path, "r+b") as file:
        file.seek(page * 2048 + offset)
        file.write(content)
    cache = FeatureCache(path)
    for _ in range(2):
        assert_no_wrong_features(cache.find("fingerprint", KEYS))
        assert_no_wrong_features(cache.find("another", KEYS))
        cache.store("fingerprint", {KEYS[0]: FEATURES[KEYS[0]]})
        cache.summary()
    cache.clear()
    assert_works(cache)


def test_many_threads_that_meet_the_same_damage_set_one_file_aside(path):
    fill(path)
    cache = FeatureCache(path)
    barrier, failures = threading.Barrier(6), []

    def work(number):
        for i in range(20):
            if i == 5 and barrier.wait() == 0:
                with open(path, "r+b") as file:
                    file.write(b"\x5a" * path.stat().st_size)
            key = KEYS[number * 20 + i]
            cache.store("fingerprint", {key: FEATURES[key]})
            try:
                assert_no_wrong_features(cache.find("fingerprint", KEYS))
            except AssertionError as error:
                failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert_works(cache)


def test_a_file_that_another_process_has_set_aside_is_let_go(path):
    fill(path)
    first, second = FeatureCache(path), FeatureCache(path)
    assert first.find("fingerprint", KEYS)
    assert second.find("fingerprint", KEYS)
    with open(path, "r+b") as file:
        file.write(b"\xa5" * path.stat().st_size)
    first.store("fingerprint", FEATURES)
    second.store("another", FEATURES)
    second.store("another", FEATURES)
    first.close()
    second.close()
    cache = FeatureCache(path)
    assert len(cache.find("fingerprint", KEYS)) == len(KEYS)
    assert_works(cache)


OPENER = """
import sys
import numpy as np
from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.pipeline import content_hash
cache, key = FeatureCache(sys.argv[1]), content_hash(sys.argv[2].encode())
sys.stdin.read(1)
cache.store("fingerprint", {key: np.full(300, int(sys.argv[2]), np.float32)})
assert key in cache.find("fingerprint", [key]), cache.problem
cache.close()
"""


def test_processes_that_meet_a_damaged_file_at_once_set_it_aside_once(path):
    random_bytes(path)
    openers = [
        subprocess.Popen([sys.executable, "-c", OPENER, path, str(i)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for i in range(4)
    ]
    for opener in openers:
        opener.stdin.write(b"x")
        opener.stdin.flush()
    for opener in openers:
        _, errors = opener.communicate(timeout=60)
        assert opener.returncode == 0, errors
    cache = FeatureCache(path)
    assert len(cache.find("fingerprint", KEYS[:4])) == 4
    assert aside(path).stat().st_size == 10000
    cache.close()


def assert_off(cache, reason):
    cache.store("fingerprint", FEATURES)
    assert cache.find("fingerprint", KEYS) == {}
    assert str(cache.path) in cache.problem
    assert reason in cache.problem
    assert cache.remark == cache.problem
    assert cache.summary().n_images == 0
    cache.clear()
    cache.close()


def test_a_folder_that_cannot_be_made_switches_the_cache_off(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    assert_off(FeatureCache(tmp_path / "file" / "folder" / "features.sqlite"), "file")


@pytest.mark.skipif(os.name == "nt" or getattr(os, "geteuid", int)() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_switches_the_cache_off(tmp_path):
    tmp_path.chmod(0o500)
    assert_off(FeatureCache(tmp_path / "features.sqlite"), "unable to open")
    tmp_path.chmod(0o700)


def test_a_damaged_file_that_cannot_be_set_aside_switches_the_cache_off(path):
    random_bytes(path)
    aside(path).mkdir()
    assert_off(FeatureCache(path), "cannot be used")
    assert path.stat().st_size == 10000


FULL = """
import resource, sys
import numpy as np
from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.pipeline import content_hash
cache = FeatureCache(sys.argv[1])
keys = [content_hash(b"%d" % i) for i in range(200)]
cache.store("fingerprint", {keys[0]: np.ones(300, np.float32)})
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for i in range(1, 200):
    cache.store("fingerprint", {keys[i]: np.full(300, i, np.float32)})
print(cache.problem, cache.find("fingerprint", keys))
cache.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="sets a limit on file sizes as Linux does")
def test_a_full_disk_switches_the_cache_off_and_keeps_what_was_stored(path):
    done = subprocess.run([sys.executable, "-c", FULL, path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert f"{path} cannot be used: " in done.stdout
    assert done.stdout.rstrip().endswith("{}")
    cache = FeatureCache(path)
    found = cache.find("fingerprint", KEYS)
    assert len(found) > 5
    assert all((found[KEYS[i]].features == i).all() for i in range(2, len(found)))
    cache.close()


def test_what_the_work_itself_raises_goes_on_up_and_leaves_no_lock(path):
    class Stop(Exception):
        pass

    class Interrupting(dict):
        def items(self):
            raise Stop

    cache = FeatureCache(path)
    with pytest.raises(Stop):
        cache.store("fingerprint", Interrupting(a=1))

    def interrupt(db):
        db.execute("BEGIN IMMEDIATE")
        raise Stop

    with pytest.raises(Stop):
        cache._pool.use(interrupt, None)
    assert_works(FeatureCache(path))
    assert_works(cache)


def damage_file(path, seed):
    """Overwrite 1 to 20 bytes, in a row or apart, or cut the file off."""
    chance = np.random.default_rng(seed)
    data = bytearray(path.read_bytes())
    if seed % 5 == 0:
        data = data[: chance.integers(len(data))]
    elif seed % 5 < 3:
        start = chance.integers(len(data))
        part = chance.bytes(min(chance.integers(1, 21), len(data) - start))
        data[start : start + len(part)] = part
    else:
        for position in chance.integers(len(data), size=chance.integers(1, 21)):
            data[position] = chance.integers(256)
    path.write_bytes(data)


def test_no_seeded_damage_gives_wrong_features(tmp_path):
    fill(tmp_path / "good.sqlite")
    good, n_found = (tmp_path / "good.sqlite").read_bytes(), 0
    for seed in range(60):
        path = tmp_path / f"{seed}.sqlite"
        path.write_bytes(good)
        damage_file(path, seed)
        cache = FeatureCache(path)
        found = cache.find("fingerprint", KEYS)
        assert_no_wrong_features(found)
        assert cache.find("another", KEYS) == {}
        n_found += len(found)
        assert_works(cache)
    assert 0 < n_found < 60 * len(KEYS)


@pytest.mark.skipif(os.name == "nt", reason="no folder with an open file is removed there")
def test_folder_that_is_removed_during_the_run_costs_features_only(tmp_path):
    import shutil

    path = tmp_path / "folder" / "features.sqlite"
    path.parent.mkdir()
    fill(path)
    cache = FeatureCache(path)
    assert len(cache.find("fingerprint", KEYS)) == len(KEYS)
    shutil.rmtree(path.parent)
    for _ in range(3):
        assert_no_wrong_features(cache.find("fingerprint", KEYS))
        cache.store("fingerprint", {KEYS[0]: FEATURES[KEYS[0]]})
    cache.close()
    assert_works(FeatureCache(path))
