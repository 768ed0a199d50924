"""Resumable sinks: a resumed run writes the same bytes as a whole run, or is refused with a reason."""

import json
import subprocess
import sys

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.features import journal
from orangecontrib.transferlearning.features.journal import Journal
from orangecontrib.transferlearning.features.opening import open_sink, read_features
from orangecontrib.transferlearning.records import Embeddings, ImageItem, Skipped
from orangecontrib.transferlearning.sources.list_source import ListSource

N = 20
OUTPUTS = ["f.h5", "f.npz", "f.parquet", "f/"]


def batches(source, size=3):
    """Yield embeddings of a source as an embedder does; features are computed from the keys."""
    items = list(source)
    for at in range(0, len(items), size):
        part = items[at : at + size]
        good = [item for item in part if number(item) % 5 != 4]
        yield Embeddings(
            [item.key for item in good],
            np.array([[number(item), 1 / (1 + number(item))] for item in good], np.float32).reshape(-1, 2),
            [item.label for item in good],
            [Skipped(item.key, "broken") for item in part if item not in good],
            "print",
            [{"square": number(item) ** 2} for item in good],
        )


def number(item):
    return int(item.key.removesuffix(".png"))


class Meta(ListSource):
    """A list of images with metas."""

    def __iter__(self):
        for item in super().__iter__():
            yield ImageItem(item.key, item.location, item.label, {"square": number(item) ** 2})


class Changed(list):
    """Items as a source."""

    columns = ()
    label_name = "Class"
    is_target = False
    meta_names = ()


@pytest.fixture
def images():
    """Twenty images, every fifth of which cannot be read."""
    return Meta([f"{i}.png" for i in range(N)], labels=[f"class {i % 3}" for i in range(N)])


def sink(tmp_path, name, **options):
    return open_sink(f"{tmp_path}/{name}", **{"label_name": "Class", "buffer_size": 4, **options})


def stop_after(tmp_path, name, images, n_batches, error=RuntimeError, **options):
    with pytest.raises(error), sink(tmp_path, name, **options) as opened:
        for at, part in enumerate(batches(images)):
            if at == n_batches:
                raise error
            opened.write(part)


def go_on(tmp_path, name, images, fingerprint="print", **options):
    with sink(tmp_path, name, resume=True, **options) as opened:
        rest = opened.resume(images, fingerprint)
        for part in batches(rest):
            opened.write(part)
    return opened, rest


def content(tmp_path):
    return {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("n_batches", [1, 3, 6])
def test_stopped_run_goes_on_to_the_same_result(tmp_path, images, name, n_batches):
    for folder in ("whole", "stopped"):
        (tmp_path / folder).mkdir()
    go_on(tmp_path / "whole", name, images)
    stop_after(tmp_path / "stopped", name, images, n_batches)
    opened, rest = go_on(tmp_path / "stopped", name, images)
    assert len(rest) == N - 3 * n_batches
    assert opened.n_kept == sum(map(len, list(batches(images))[:n_batches]))
    assert [each.key for each in opened.skipped] == [f"{i}.png" for i in range(4, 3 * n_batches, 5)]
    whole, resumed = content(tmp_path / "whole"), content(tmp_path / "stopped")
    assert whole.keys() == resumed.keys()
    if name == "f.npz":  # It notes when it was written.
        assert read_features(tmp_path / "stopped" / name).keys == read_features(tmp_path / "whole" / name).keys
    else:
        assert whole == resumed


@pytest.mark.parametrize("name", OUTPUTS[:3])
def test_resumed_file_has_everything_in_order(tmp_path, images, name):
    stop_after(tmp_path, name, images, 2)
    stop_after(tmp_path, name, list(images)[6:], 2, resume=True, error=SinkError)
    go_on(tmp_path, name, images)
    found = read_features(tmp_path / name)
    expected = [i for i in range(N) if i % 5 != 4]
    assert found.keys == [f"{i}.png" for i in expected]
    assert found.features[:, 0].tolist() == expected
    assert found.labels == [f"class {i % 3}" for i in expected]
    assert [each["square"] for each in found.metas] == [i**2 for i in expected]


@pytest.mark.parametrize("name", OUTPUTS)
def test_stopped_run_is_refused_without_resume_or_overwrite(tmp_path, images, name):
    stop_after(tmp_path, name, images, 3)
    with pytest.raises(SinkError, match="embedded 8 images: say --resume to go on, or --overwrite to begin again"):
        sink(tmp_path, name)
    with sink(tmp_path, name, overwrite=True) as opened:
        assert opened.n_kept == 0
        for part in batches(list(images)[:3]):
            opened.write(part)
    files = content(tmp_path)
    assert not [path for path in files if ".part" in str(path)]
    with pytest.raises(SinkError, match="there already|has files in it already"):
        sink(tmp_path, name)


@pytest.mark.parametrize("name", OUTPUTS)
def test_nothing_is_left_where_nothing_was_done(tmp_path, images, name):
    stop_after(tmp_path, name, images, 0)
    assert list(tmp_path.iterdir()) == []
    unreadable = Embeddings([], np.empty((0, 2), np.float32), [], [Skipped("x", "broken")], "print")
    with pytest.raises(RuntimeError), sink(tmp_path, name) as opened:
        opened.write(unreadable)
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", OUTPUTS)
def test_resume_without_an_earlier_run_just_starts(tmp_path, images, name):
    opened, rest = go_on(tmp_path, name, images)
    assert rest is images
    assert opened.n_kept == 0


@pytest.mark.parametrize("name", OUTPUTS)
def test_whole_output_lacks_what_could_not_be_read_and_stays_as_it_is(tmp_path, images, name):
    go_on(tmp_path, name, images)
    before = content(tmp_path)
    again, rest = go_on(tmp_path, name, images)
    assert (again.is_whole, again.n_kept, len(rest), rest.columns) == (True, 16, 4, ())
    assert [item.key for item in rest] == ["4.png", "9.png", "14.png", "19.png"]
    assert content(tmp_path) == before


@pytest.mark.parametrize("name", OUTPUTS)
def test_whole_output_of_other_settings_is_refused_by_name(tmp_path, images, name):
    go_on(tmp_path, name, images)
    before = content(tmp_path)
    with pytest.raises(SinkError, match="was made with print, and this run has other. Repeat it with"):
        go_on(tmp_path, name, images, fingerprint="other")
    with pytest.raises(SinkError, match="was made with is target False, and this run has True. Repeat it with"):
        go_on(tmp_path, name, images, is_target=True)
    assert content(tmp_path) == before


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize(
    "change, words",
    [
        (
            lambda items: items[1:],
            "0.png, class 0, 0, which is missing or at another position now. Use the same source, or say",
        ),
        (lambda items: items[:7], "7.png, class 1, 49, which is missing or at another position now"),
        (lambda items: items[::-1], "1.png, class 1, 1, which is missing or at another position now"),
        (
            lambda items: [ImageItem(i.key, i.location, "other", i.metas) for i in items],
            "0.png, class 0, 0, which is 0.png, other, 0 now",
        ),
        (
            lambda items: [ImageItem(i.key, i.location, None, i.metas) for i in items],
            "0.png, class 0, 0, which is 0.png, 0 now",
        ),
        (
            lambda items: [ImageItem(i.key, i.location, i.label, {"square": 7}) for i in items],
            "0.png, class 0, 0, which is 0.png, class 0, 7 now",
        ),
        (
            lambda items: [ImageItem(i.key, i.location, i.label) for i in items],
            "0.png, class 0, 0, which is 0.png, class 0 now",
        ),
    ],
)
def test_whole_output_of_other_images_is_refused_by_what_differs(tmp_path, images, name, change, words):
    go_on(tmp_path, name, images)
    before = content(tmp_path)
    with pytest.raises(SinkError, match=f"was made of other images: it has {words}"):
        go_on(tmp_path, name, Changed(change(list(images))))
    assert content(tmp_path) == before


@pytest.mark.parametrize("name", OUTPUTS)
def test_whole_output_of_fewer_images_is_refused_once_one_more_can_be_read(tmp_path, images, name):
    go_on(tmp_path, name, Changed(list(images)[:10]))
    before = content(tmp_path)
    with pytest.raises(SinkError, match="is whole without 10.png, which can be read now: choose another name, or say"):
        go_on(tmp_path, name, images)
    assert content(tmp_path) == before


@pytest.mark.parametrize("name", OUTPUTS[:3])
def test_numbers_and_what_is_unknown_are_the_same_in_every_format(tmp_path, name):
    labels = [1.5, None, 3.0]
    metas = [
        {"text": "a", "number": None, "mixed": 1},
        {"text": None, "number": 2, "mixed": "b"},
        {"text": "", "number": 2**60, "mixed": 0.5},
    ]
    items = [ImageItem(f"{i}.png", "", label, meta) for i, (label, meta) in enumerate(zip(labels, metas, strict=True))]
    with sink(tmp_path, name, is_target=True) as opened:
        opened.write(Embeddings([item.key for item in items], np.ones((3, 2), np.float32), labels, [], "print", metas))
    again, rest = go_on(tmp_path, name, Changed(items), is_target=True)
    assert (again.n_kept, len(rest)) == (3, 0)


@pytest.mark.parametrize("name", OUTPUTS[:3])
def test_file_that_is_not_one_of_features_is_not_resumed(tmp_path, images, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(SinkError, match=f"{name} is there already, and cannot be resumed .*: choose another name"):
        go_on(tmp_path, name, images)
    assert (tmp_path / name).read_text() == "mine"


def test_whole_folder_that_has_lost_an_array_is_refused(tmp_path, images):
    go_on(tmp_path, "f/", images)
    (tmp_path / "f" / "3.npy").unlink()
    with pytest.raises(SinkError, match="3.npy, which an earlier run wrote, is no longer in"):
        go_on(tmp_path, "f/", images)


def test_stopped_overwriting_is_resumed_only_with_overwrite(tmp_path, images):
    go_on(tmp_path, "f.h5", images)
    stop_after(tmp_path, "f.h5", images, 3, overwrite=True)
    with pytest.raises(SinkError, match="is there already: choose another name, or say --overwrite"):
        sink(tmp_path, "f.h5", resume=True)
    opened, rest = go_on(tmp_path, "f.h5", images, overwrite=True)
    assert (opened.is_whole, opened.n_kept, len(rest)) == (False, 8, 11)


def test_rows_of_several_images_are_whole_by_the_keys_of_their_first(tmp_path):
    source = ListSource(["l0", "r0", "l1", "r1", "l2", "r2"])
    source.columns = ("left", "right")
    with sink(tmp_path, "f.h5") as opened:
        row = np.ones((2, 2), np.float32)
        opened.write(Embeddings(["l0", "l2"], row, [None, None], [], "print", columns=source.columns))
    with sink(tmp_path, "f.h5", resume=True) as opened:
        rest = opened.resume(source, "print")
        assert [item.key for item in rest] == ["l1", "r1"]
        assert (opened.n_kept, rest.columns) == (2, ("left", "right"))
    source.columns = ("right", "left")
    with pytest.raises(SinkError, match="with columns"), sink(tmp_path, "f.h5", resume=True) as opened:
        opened.resume(source, "print")


@pytest.mark.parametrize(
    "options, words",
    [
        ({"fingerprint": "Network size=2 layer=last"}, "begun with size=1, and this run has size=2"),
        ({"is_target": True}, "begun with is target False, and this run has True"),
        ({"label_name": None}, "begun with label name Class, and this run has none"),
    ],
)
def test_other_settings_are_refused_by_name(tmp_path, images, options, words):
    with pytest.raises(RuntimeError), sink(tmp_path, "f.h5") as opened:
        opened.write(Embeddings(["0.png"], np.ones((1, 2), np.float32), ["a"], [], "Network size=1 layer=last"))
        raise RuntimeError
    with pytest.raises(SinkError, match=words):
        go_on(tmp_path, "f.h5", images, **{"fingerprint": "Network size=1 layer=last", **options})
    assert (tmp_path / ".f.h5.part" / "rows.jsonl").exists()


@pytest.mark.parametrize("name", ["f.h5", "f/"])
@pytest.mark.parametrize(
    "change, words",
    [
        (lambda items: items[1:], "number 1 was 0.png, class 0, .* and is 1.png, class 1"),
        (lambda items: items[:7], "number 8 was 7.png, class 1, .* and is missing now"),
        (lambda items: items[:4] + items[5:], "number 6 was 4.png, skipped, and is 6.png"),
        (
            lambda items: [ImageItem(i.key, i.location, "other", i.metas) for i in items],
            "number 1 was 0.png, class 0, .* and is 0.png, other",
        ),
        (
            lambda items: [ImageItem(i.key, i.location, i.label, {"square": 7}) for i in items],
            "number 1 was 0.png, class 0, {'square': 0}, and is 0.png, class 0, {'square': 7}",
        ),
    ],
)
def test_other_images_are_refused_by_what_differs(tmp_path, images, name, change, words):
    stop_after(tmp_path, name, images, 3)
    before = content(tmp_path)
    with pytest.raises(SinkError, match=words):
        go_on(tmp_path, name, Changed(change(list(images))))
    assert content(tmp_path) == before


@pytest.mark.parametrize("name", ["f.h5", "f/"])
def test_only_one_run_writes_an_output(tmp_path, images, name):
    with sink(tmp_path, name):
        with pytest.raises(SinkError, match="being written by another run"), sink(tmp_path, name, overwrite=True):
            pass
        assert (tmp_path / (".f.h5.part" if name == "f.h5" else "f/.part")).exists()


@pytest.mark.parametrize("torn", [b'{"keys": ["12.png"], "lab', b'{"keys": \n', b"\0" * 50])
@pytest.mark.parametrize("name", ["f.h5", "f/"])
def test_line_that_a_crash_has_cut_is_computed_again(tmp_path, images, name, torn):
    stop_after(tmp_path, name, images, 4)
    folder = tmp_path / (".f.h5.part" if name == "f.h5" else "f/.part")
    lines = (folder / "rows.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "rows.jsonl").write_bytes(b"".join(lines[:-1]) + torn)
    if name == "f.h5":
        with (folder / "features.f4").open("ab") as file:
            file.write(b"half a row")
    opened, _ = go_on(tmp_path, name, images)
    assert 0 < opened.n_kept < 10
    if name == "f.h5":
        assert read_features(tmp_path / name).features[:, 0].tolist() == [i for i in range(N) if i % 5 != 4]
    else:
        assert np.load(tmp_path / "f" / "18.npy")[0] == 18


def test_journal_is_written_when_the_buffer_is_full(tmp_path, images):
    with sink(tmp_path, "f.h5", buffer_size=7) as opened:
        safe = []
        for part in batches(images):
            opened.write(part)
            safe.append(opened.n_safe())
    assert safe == [0, 0, 8, 8, 8, 15, 15]


def test_full_disk_keeps_what_was_safe_and_gives_a_sink_error(tmp_path, images, monkeypatch):
    def full(self, parts, start):
        raise OSError(28, "No space left on device")

    with pytest.raises(SinkError, match="No space left"), sink(tmp_path, "f.h5") as opened:
        for at, part in enumerate(batches(images)):
            if at == 3:
                monkeypatch.setattr(Journal, "append", full)
            opened.write(part)
    monkeypatch.undo()
    assert not (tmp_path / "f.h5").exists()
    go_on(tmp_path, "f.h5", images)
    assert len(read_features(tmp_path / "f.h5")) == 16


def test_failure_while_the_file_is_made_keeps_the_work_and_the_old_file(tmp_path, images, monkeypatch):
    (tmp_path / "f.h5").write_text("old")

    def full(path, *arguments):
        path.write_text("part")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("orangecontrib.transferlearning.features.single_file_sinks.write_hdf5", full)
    with pytest.raises(SinkError, match="No space left"):
        go_on(tmp_path, "f.h5", images, overwrite=True)
    monkeypatch.undo()
    assert (tmp_path / "f.h5").read_text() == "old"
    _, rest = go_on(tmp_path, "f.h5", images, overwrite=True)
    assert len(rest) == 0
    assert len(read_features(tmp_path / "f.h5")) == 16


@pytest.mark.parametrize("name", OUTPUTS[:3])
def test_file_that_another_run_finished_in_the_meantime_stays_and_so_does_the_work(tmp_path, images, name):
    with pytest.raises(SinkError, match=f"{name} is there already"), sink(tmp_path, name) as opened:
        for part in batches(images):
            opened.write(part)
        (tmp_path / name).write_text("theirs")
    assert ((tmp_path / name).read_text(), opened.n_safe()) == ("theirs", 16)
    _, rest = go_on(tmp_path, name, images, overwrite=True)
    assert len(rest) == 0
    assert len(read_features(tmp_path / name)) == 16


def test_features_that_do_not_belong_together_are_refused(tmp_path):
    row = Embeddings(["a"], np.ones((1, 2), np.float32), [None], fingerprint="one")
    for other, words in [
        (Embeddings(["b"], np.ones((1, 3), np.float32), [None], fingerprint="one"), "rows of 2 features; 3 do not fit"),
        (Embeddings(["b"], np.ones((1, 2), np.float32), [None], fingerprint="two"), "features of one; those of two"),
    ]:
        with pytest.raises(SinkError, match=words), sink(tmp_path, "f.h5", overwrite=True) as opened:
            opened.write(row)
            opened.write(other)


def test_rows_of_several_images_are_counted_as_rows(tmp_path):
    source = ListSource(["l0", "r0", "l1", "r1"])
    source.columns = ("left", "right")
    with pytest.raises(RuntimeError), sink(tmp_path, "f.h5") as opened:
        opened.write(Embeddings(["l0"], np.ones((1, 2), np.float32), [None], [], "print", columns=source.columns))
        raise RuntimeError
    with sink(tmp_path, "f.h5", resume=True) as opened:
        rest = opened.resume(source, "print")
        assert [item.key for item in rest] == ["l1", "r1"]
        assert (rest.columns, len(rest)) == (("left", "right"), 2)


def test_journal_can_be_read_without_the_lock(tmp_path, images):
    stop_after(tmp_path, "f.h5", images, 3)
    journal = Journal(tmp_path / ".f.h5.part")
    assert journal.settings["fingerprint"] == "print"
    assert journal.n_rows() == 8
    assert [each.key for each in journal.skipped()] == ["4.png"]
    kept = json.loads((journal.folder / "settings.json").read_text())
    assert isinstance(kept.pop("sum"), int)
    assert kept == journal.settings


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("name", ["f.h5", "f/"])
def test_line_whose_writing_is_stopped_is_not_there_twice(tmp_path, images, monkeypatch, name, error):
    sync_file, calls = journal.sync_file, []

    def stop(file):
        sync_file(file)
        calls.append(file)
        if len(calls) == 2:
            raise error

    monkeypatch.setattr(journal, "sync_file", stop)
    with pytest.raises((KeyboardInterrupt, SinkError)):
        go_on(tmp_path, name, images)
    monkeypatch.undo()
    rows = (tmp_path / (".f.h5.part" if name == "f.h5" else "f/.part") / "rows.jsonl").read_bytes().splitlines()
    assert len(rows) == len(set(rows)) == 2
    opened, _ = go_on(tmp_path, name, images)
    assert opened.n_kept == 10
    if name == "f.h5":
        assert read_features(tmp_path / name).features[:, 0].tolist() == [i for i in range(N) if i % 5 != 4]


FULL_DISK = """
import resource, sys
import numpy as np
from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.records import Embeddings
from orangecontrib.transferlearning.features.opening import open_sink

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
sink = open_sink(sys.argv[1], None, buffer_size=10)
try:
    with sink:
        for start in range(0, 100, 10):
            keys = [f"{start + i}.png" for i in range(10)]
            sink.write(Embeddings(keys, np.random.default_rng(start).random((10, 1000), np.float32), [None] * 10))
except SinkError as error:
    print(error)
print(sink.n_safe(), sink._journal.is_locked)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of file sizes there")
@pytest.mark.parametrize(
    "name, n_bytes, n_safe",
    [
        ("f.h5", 102_000, 20),
        ("f.h5", 400_500, 100),
        ("f.npz", 400_500, 100),
        ("f.parquet", 400_500, 100),
        ("f/", 60, 0),
    ],
)
def test_full_disk_is_one_sentence_and_the_lock_is_free(tmp_path, name, n_bytes, n_safe):
    arguments = [sys.executable, "-c", FULL_DISK, f"{tmp_path}/{name}", str(n_bytes)]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said, state = done.stdout.splitlines()
    assert said.startswith("Cannot write ") and said.endswith("File too large.")
    assert state == f"{n_safe} False"
    assert done.stderr == ""
    assert not (tmp_path / name).is_file()


@pytest.mark.parametrize("name", OUTPUTS[:3])
def test_rows_that_are_not_in_the_journal_are_not_in_the_file(tmp_path, images, name):
    stop_after(tmp_path, name, images, 4)
    with (tmp_path / f".{name}.part" / "features.f4").open("ab") as file:
        file.write(np.ones(6, "<f4").tobytes())
    go_on(tmp_path, name, list_of(images, 12))
    found = read_features(tmp_path / name)
    assert found.features[:, 0].tolist() == [i for i in range(12) if i % 5 != 4]


def list_of(images, n):
    """Return the first images as a source."""
    return Changed(list(images)[:n])


@pytest.mark.parametrize("n_more", [0, 1])
def test_missing_features_are_refused(tmp_path, images, n_more):
    stop_after(tmp_path, "f.h5", images, 4)
    with (tmp_path / ".f.h5.part" / "features.f4").open("r+b") as file:
        file.truncate(17)
    with pytest.raises(SinkError, match="no longer in .*say --overwrite"):
        go_on(tmp_path, "f.h5", list_of(images, 12 + n_more))


def test_run_that_waits_for_the_lock_keeps_its_own_work(tmp_path, images, monkeypatch):
    """End the first run after the second one has opened the lock file, and before it locks it."""
    from orangecontrib.transferlearning import part_folder as locking

    first = sink(tmp_path, "f.h5")
    first.__enter__()
    lock = locking._lock

    def end_first(file):
        monkeypatch.setattr(locking, "_lock", lock)
        first.__exit__(None, None, None)
        lock(file)

    monkeypatch.setattr(locking, "_lock", end_first)
    with sink(tmp_path, "f.h5", overwrite=True) as second:
        for part in batches(images):
            second.write(part)
        assert (tmp_path / ".f.h5.part" / "rows.jsonl").exists()
    assert len(read_features(tmp_path / "f.h5")) == 16
    assert [path.name for path in tmp_path.iterdir()] == ["f.h5"]


def test_journal_that_cannot_be_removed_does_not_matter_to_a_whole_output(tmp_path, images, monkeypatch):
    def refuse(*arguments):
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(journal.os, "rename", refuse)
    go_on(tmp_path, "f.h5", images)
    assert len(read_features(tmp_path / "f.h5")) == 16
    monkeypatch.setattr(Journal, "clear", refuse)
    go_on(tmp_path, "g.h5", images)
    assert len(read_features(tmp_path / "g.h5")) == 16
