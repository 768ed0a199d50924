"""Cached features: the same bits, for the right image and embedder, with other threads and processes at work."""

import os
import signal
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from orangecontrib.transferlearning.cache_folder import cache_folder
from orangecontrib.transferlearning.embedding import cache as cache_module
from orangecontrib.transferlearning.embedding import cache_store
from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.pipeline import content_hash
from orangecontrib.transferlearning.images.notes import ImageNote

KEYS = [content_hash(b"%d" % i) for i in range(2000)]

vectors = arrays(np.float32, st.integers(0, 40), elements=st.floats(width=32, allow_nan=True))


@pytest.fixture
def cache(tmp_path):
    cache = FeatureCache(tmp_path / "folder" / "features.sqlite")
    yield cache
    assert cache.problem is None
    cache.close()


@pytest.fixture
def clock(monkeypatch):
    """Replace the time by a clock that the test sets: clock.now += 1."""

    class Clock:
        now = 1000.0

        def time(self):
            return self.now

        monotonic = staticmethod(cache_store.time.monotonic)
        sleep = staticmethod(cache_store.time.sleep)

    clock = Clock()
    monkeypatch.setattr(cache_module, "time", clock)
    monkeypatch.setattr(cache_store, "time", clock)
    return clock


def vector(seed, n_features=512):
    return np.random.default_rng(seed).random(n_features, dtype=np.float32)


def run_python(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_what_is_stored_is_found_with_exactly_its_bits(cache):
    values = np.array([0, -0.0, np.inf, -np.inf, 1e-45, np.float32(1) / 3, 0], np.float32)
    values.view(np.uint32)[-1] = 0x7FC12345  # a NaN with other bits
    cache.store("fingerprint", {KEYS[0]: values, KEYS[1]: vector(1)[::-2]})
    found = cache.find("fingerprint", KEYS[:3])
    assert list(found) == KEYS[:2]
    assert found[KEYS[0]].features.dtype == np.float32
    assert found[KEYS[0]].features.tobytes() == values.tobytes()
    np.testing.assert_array_equal(found[KEYS[1]].features, vector(1)[::-2])
    assert found[KEYS[0]].notes == found[KEYS[1]].notes == ()


def test_notes_come_back_with_the_features_as_they_were(cache):
    notes = {
        KEYS[0]: (ImageNote("levels", (0.25, 3600, 13)), ImageNote("channels", (5,))),
        KEYS[1]: (ImageNote("frames", (3,)), ImageNote("band", (4,)), ImageNote("transparent")),
        KEYS[2]: (),
    }
    cache.store("fingerprint", {key: vector(0) for key in KEYS[:4]}, notes)
    found = cache.find("fingerprint", KEYS[:4])
    assert {key: image.notes for key, image in found.items()} == notes | {KEYS[3]: ()}
    assert [note.detail for key in KEYS[:2] for note in found[key].notes] == [
        "values 0.25-3600 become 13 of 256 levels", "5 channels", "3 frames", "4 channels", "alpha is 0 everywhere",
    ]  # fmt: skip


def test_an_empty_cache_finds_nothing_and_nothing_is_opened_before_use(tmp_path):
    cache = FeatureCache(tmp_path / "new" / "features.sqlite")
    assert not (tmp_path / "new").exists()
    assert cache.find("fingerprint", KEYS[:2]) == {}
    cache.store("fingerprint", {})
    assert cache.find("fingerprint", []) == {}
    cache.close()
    cache.close()


def test_what_is_stored_is_there_in_the_next_run(cache):
    cache.store("fingerprint", {KEYS[0]: vector(0)})
    cache.close()
    np.testing.assert_array_equal(cache.find("fingerprint", KEYS[:1])[KEYS[0]].features, vector(0))
    again = FeatureCache(cache.path)
    np.testing.assert_array_equal(again.find("fingerprint", KEYS[:1])[KEYS[0]].features, vector(0))
    again.close()


def test_fingerprints_never_mix(cache):
    cache.store("a", {KEYS[0]: vector(0, 3)})
    cache.store("b", {KEYS[0]: vector(1, 4), KEYS[1]: vector(2, 4)})
    np.testing.assert_array_equal(cache.find("a", KEYS[:2])[KEYS[0]].features, vector(0, 3))
    assert KEYS[1] not in cache.find("a", KEYS[:2])
    np.testing.assert_array_equal(cache.find("b", KEYS[:2])[KEYS[0]].features, vector(1, 4))
    assert cache.find("A", KEYS[:2]) == {}


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.dictionaries(st.sampled_from(KEYS[:5]), vectors, max_size=4)), max_size=6
    )
)
def test_find_gives_what_was_stored_last(tmp_path_factory, writes):
    cache, known = FeatureCache(tmp_path_factory.mktemp("cache") / "features.sqlite"), {"a": {}, "b": {}}
    for fingerprint, features in writes:
        cache.store(fingerprint, features)
        known[fingerprint] |= features
    for fingerprint, features in known.items():
        found = cache.find(fingerprint, KEYS[:5])
        assert {key: image.features.tobytes() for key, image in found.items()} == {
            key: value.tobytes() for key, value in features.items()
        }
    assert cache.summary().n_images == len(known["a"]) + len(known["b"])
    cache.close()


@pytest.mark.parametrize("n_features", [512, 2048, 3000])
def test_the_file_stays_within_its_bound(tmp_path, n_features):
    cache, batch = FeatureCache(tmp_path / "features.sqlite", max_megabytes=2), 2**18 // (4 * n_features)
    for start in range(0, 15 * batch, batch):  # twice the bound
        cache.store("fingerprint", {key: vector(start, n_features) for key in KEYS[start : start + batch]})
        cache.close()
        assert cache.path.stat().st_size <= 1.02 * 2 * 2**20
    assert 1.4 < cache.summary().fingerprints[0].megabytes < 2
    assert len(cache.find("fingerprint", KEYS[14 * batch : 15 * batch])) == batch
    assert cache.find("fingerprint", KEYS[:batch]) == {}
    cache.close()


def test_a_batch_that_is_greater_than_the_bound_does_not_stay(tmp_path):
    cache = FeatureCache(tmp_path / "features.sqlite", max_megabytes=1)
    cache.store("fingerprint", {key: vector(0, 4096) for key in KEYS[:200]})
    cache.close()
    assert 2**19 < cache.path.stat().st_size <= 1.02 * 2**20
    assert cache.problem is None
    cache.close()


def test_a_lower_bound_shrinks_the_file(tmp_path):
    path = tmp_path / "features.sqlite"
    cache = FeatureCache(path)
    cache.store("fingerprint", {key: vector(0, 4096) for key in KEYS[:300]})
    cache.close()
    assert path.stat().st_size > 4 * 2**20
    small = FeatureCache(path, max_megabytes=1)
    small.store("fingerprint", {KEYS[300]: vector(300)})
    small.close()
    assert path.stat().st_size <= 2**20
    assert KEYS[300] in small.find("fingerprint", KEYS[300:301])
    small.close()


def test_what_was_not_used_for_longest_goes_first(tmp_path, clock):
    path, features = tmp_path / "features.sqlite", {key: vector(0, 4096) for key in KEYS[:50]}
    for fingerprint in ("first", "second"):
        cache = FeatureCache(path, max_megabytes=2)
        cache.store(fingerprint, features)
        cache.close()
        clock.now += 10
    reader = FeatureCache(path, max_megabytes=2)
    assert len(reader.find("first", KEYS[:50])) == 50
    reader.close()
    clock.now += 10
    cache = FeatureCache(path, max_megabytes=2)
    cache.store("third", features)
    counts = {part.fingerprint: part.n_images for part in cache.summary().fingerprints}
    assert counts["third"] == counts["first"] == 50
    assert counts.get("second", 0) < 20
    cache.close()


def test_what_this_run_read_outlives_what_it_did_not(tmp_path, clock):
    cache = FeatureCache(tmp_path / "features.sqlite", max_megabytes=1)
    clock.now += 10
    cache.store("fingerprint", {key: vector(0, 4096) for key in KEYS[:30]})
    cache.close()
    clock.now += 10
    cache = FeatureCache(cache.path, max_megabytes=1)
    cache.find("fingerprint", KEYS[:10])
    clock.now += 10
    cache.store("fingerprint", {key: vector(0, 4096) for key in KEYS[30:70]})
    found = cache.find("fingerprint", KEYS[:70])
    assert set(KEYS[:10]) <= set(found)
    assert set(KEYS[30:70]) <= set(found)
    assert len(found) < 70
    cache.close()


def test_uses_are_written_down_once_a_run(tmp_path, clock, monkeypatch):
    cache = FeatureCache(tmp_path / "features.sqlite")
    cache.store("fingerprint", {key: vector(0, 4) for key in KEYS[:20]})
    cache.close()
    clock.now += 10
    noted = []
    write = cache_store.note_use
    monkeypatch.setattr(cache_store, "note_use", lambda db, used: (noted.append(len(used)), write(db, used)))
    monkeypatch.setattr(cache_module, "_MAX_NOTED", 8)
    cache = FeatureCache(cache.path)
    clock.now += 1
    for _ in range(3):
        cache.find("fingerprint", KEYS[:20])
    cache.close()
    assert sum(noted) <= 20 + 8
    assert max(noted) == 8
    assert len(noted) < 5


def test_summary_counts_images_and_megabytes_of_each_fingerprint(cache):
    cache.store("a", {key: vector(0, 2**16) for key in KEYS[:8]})
    cache.store("b", {KEYS[0]: vector(0, 2**18)})
    summary = cache.summary()
    assert (summary.path, summary.n_images) == (cache.path, 9)
    assert {part.fingerprint: part.n_images for part in summary.fingerprints} == {"a": 8, "b": 1}
    assert {part.fingerprint: round(part.megabytes, 3) for part in summary.fingerprints} == {"a": 2, "b": 1}
    assert summary.megabytes > 3


def test_clear_forgets_everything_and_gives_the_space_back(cache):
    cache.store("a", {key: vector(0, 2**16) for key in KEYS[:8]})
    aside = cache.path.with_name(cache.path.name + ".corrupt")
    aside.write_bytes(b"damaged")
    cache.clear()
    assert cache.find("a", KEYS[:8]) == {}
    assert cache.summary().fingerprints == ()
    assert cache.summary().megabytes < 0.1
    assert not aside.exists()
    cache.store("a", {KEYS[0]: vector(0)})
    assert len(cache.find("a", KEYS[:8])) == 1


def test_threads_store_and_find_at_once_and_leave_no_file_open(cache):
    failures = []

    def work(number):
        for i in range(10):
            mine = {key: vector(number * 1000 + i, 64) for key in KEYS[number * 100 + i * 4 : number * 100 + i * 4 + 4]}
            cache.store("fingerprint", mine)
            found = cache.find("fingerprint", list(mine))
            failures.extend(
                key for key in mine if key not in found or not np.array_equal(found[key].features, mine[key])
            )

    for _ in range(2):
        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    assert cache.summary().n_images == 240
    assert open_files(cache.path) <= 3 * 6
    cache.close()
    assert open_files(cache.path) == 0


def open_files(path):
    if not Path("/proc/self/fd").is_dir():
        return 0
    return sum(os.readlink(entry).startswith(str(path)) for entry in Path("/proc/self/fd").iterdir() if entry.exists())


WRITER = """
import sys
import numpy as np
from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.pipeline import content_hash
path, number = sys.argv[1], int(sys.argv[2])
cache = FeatureCache(path)
for start in range(0, 100, 5):
    numbers = range(number * 100 + start, number * 100 + start + 5)
    mine = {content_hash(b"%d" % i): np.full(300, i, np.float32) for i in numbers}
    cache.store("fingerprint", mine)
    found = cache.find("fingerprint", list(mine))
    assert all((found[key].features == mine[key]).all() for key in mine)
    if start % 25 == 0:
        cache.close()
assert cache.problem is None, cache.problem
cache.close()
"""


def test_processes_that_write_and_read_at_once_lose_nothing(tmp_path):
    path = tmp_path / "features.sqlite"
    workers = [run_python(WRITER, path, number) for number in range(4)]
    for worker in workers:
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors
    cache = FeatureCache(path)
    found = cache.find("fingerprint", KEYS[:400])
    assert all((found[key].features == np.float32(i)).all() for i, key in enumerate(KEYS[:400]))
    assert not list(tmp_path.glob("*.corrupt"))
    cache.close()


KILLED = """
import os, signal, sys
import numpy as np
from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.pipeline import content_hash
cache = FeatureCache(sys.argv[1])
for i in range(50):
    cache.store("fingerprint", {content_hash(b"%d" % i): np.full(300, i, np.float32)})
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_what_is_stored_survives_kill_9(tmp_path):
    worker = run_python(KILLED, tmp_path / "features.sqlite")
    worker.communicate(timeout=60)
    assert worker.returncode == -signal.SIGKILL
    cache = FeatureCache(tmp_path / "features.sqlite")
    found = cache.find("fingerprint", KEYS[:50])
    assert [found[key].features[0] for key in KEYS[:50]] == list(range(50))
    assert cache.problem is None
    cache.close()


def test_cache_folder_is_where_orange_caches(monkeypatch, tmp_path):
    environ = pytest.importorskip("Orange.misc.environ")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path))
    version = environ.Orange.__version__
    expected = [part for part in Path(environ.cache_dir()).parts if part != version]
    assert cache_folder() == Path(*expected)


@pytest.mark.parametrize("folder", ["%(prefix)s/cache/%(name)s/%(version)s", "%(home)s/x/%(version.major)s"])
def test_cache_folder_heeds_the_configuration_of_orange(monkeypatch, tmp_path, folder):
    environ = pytest.importorskip("Orange.misc.environ")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "orangerc.conf").write_text(f"[paths]\ncache_dir = {folder}\n")
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    assert cache_folder() == Path(environ.cache_dir())


def test_cache_folder_ignores_a_configuration_that_cannot_be_read(monkeypatch, tmp_path):
    usual = cache_folder()
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "orangerc.conf").write_text("[paths]\ncache_dir = %(nothing)s\n")
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    assert cache_folder() == usual
