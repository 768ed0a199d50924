"""Files of features: their contents, and that they appear whole or not at all."""

import csv
import shutil
import sys

import numpy as np
import pytest

from orangecontrib.transferlearning.atomic_files import AtomicFile
from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.features.csv_file import CsvSink
from orangecontrib.transferlearning.features.npy_pair import NpySink
from orangecontrib.transferlearning.features.opening import open_sink
from orangecontrib.transferlearning.features.skipped_images import write_skipped
from orangecontrib.transferlearning.records import Embeddings, Skipped

FIRST = Embeddings(["x/1.png", "x/2.png"], np.array([[0.1, 2], [1 / 3, 1e-20]], np.float32), ["a, b", None])
SECOND = Embeddings(["y/1.png"], np.array([[5, 6]], np.float32), ["ž"])


def write(sink):
    with sink:
        sink.write(FIRST)
        sink.write(SECOND)


def test_csv_has_the_header_the_labels_and_every_digit_of_float32(tmp_path):
    write(CsvSink(tmp_path / "f.csv"))
    rows = list(csv.reader((tmp_path / "f.csv").open(encoding="utf-8")))
    assert rows[0] == ["Class", "n0", "n1"]
    assert [row[0] for row in rows[1:]] == ["a, b", "", "ž"]
    assert rows[1][1] == "0.1"
    values = np.array([row[1:] for row in rows[1:]], np.float32)
    np.testing.assert_array_equal(values, np.concatenate([FIRST.features, SECOND.features]))


def test_csv_names_the_images_on_request_and_leaves_out_missing_labels(tmp_path):
    write(CsvSink(tmp_path / "f.csv", None, keys=True))
    assert (tmp_path / "f.csv").read_text().splitlines()[1:] == [
        "x/1.png,0.1,2.0",
        "x/2.png,0.33333334,1e-20",
        "y/1.png,5.0,6.0",
    ]


def test_npy_pair_holds_features_labels_and_keys_without_pickles(tmp_path):
    write(NpySink(tmp_path / "out", keys=True))
    data = np.load(tmp_path / "out_data.npy", allow_pickle=False)
    assert data.dtype == np.float32
    np.testing.assert_array_equal(data, np.concatenate([FIRST.features, SECOND.features]))
    assert np.load(tmp_path / "out_labels.npy", allow_pickle=False).tolist() == ["a, b", "", "ž"]
    assert np.load(tmp_path / "out_keys.npy", allow_pickle=False).tolist() == ["x/1.png", "x/2.png", "y/1.png"]


def test_npy_labels_that_are_numbers_stay_numbers(tmp_path):
    with NpySink(tmp_path / "out") as sink:
        sink.write(Embeddings(["0", "1"], np.zeros((2, 3), np.float32), [2, 0]))
    labels = np.load(tmp_path / "out_labels.npy")
    assert labels.dtype.kind == "i"
    assert labels.tolist() == [2, 0]


def test_npy_pair_of_many_rows_is_read_back_whole(tmp_path):
    rows = np.arange(3000, dtype=np.float32).reshape(1000, 3)
    with NpySink(tmp_path / "out", None) as sink:
        for start in range(0, 1000, 7):
            part = rows[start : start + 7]
            sink.write(Embeddings([str(i) for i in range(len(part))], part, [None] * len(part)))
    np.testing.assert_array_equal(np.load(tmp_path / "out_data.npy"), rows)
    assert [path.name for path in tmp_path.iterdir()] == ["out_data.npy"]


@pytest.mark.parametrize("name", ["f.csv", "out"])
def test_nothing_is_left_behind_when_the_work_fails(tmp_path, name):
    sink = open_sink(tmp_path / name, "Class")
    with pytest.raises(RuntimeError), sink:
        sink.write(FIRST)
        assert not any(path.exists() for path in sink.paths)
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["f.csv", "out"])
def test_existing_output_is_refused_and_stays_unless_overwritten(tmp_path, name):
    write(open_sink(tmp_path / name, "Class"))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(SinkError, match="there already"):
        open_sink(tmp_path / name, "Class")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before

    with open_sink(tmp_path / name, "Class", overwrite=True) as sink:
        sink.write(SECOND)
    assert all(path.read_bytes() != before[path] for path in before)


def test_failed_overwriting_keeps_the_old_file(tmp_path):
    write(CsvSink(tmp_path / "f.csv"))
    before = (tmp_path / "f.csv").read_bytes()
    with pytest.raises(RuntimeError), CsvSink(tmp_path / "f.csv", overwrite=True) as sink:
        sink.write(SECOND)
        raise RuntimeError
    assert (tmp_path / "f.csv").read_bytes() == before


@pytest.mark.parametrize(
    "name, words",
    [("f.xyz", "ending .xyz cannot be written"), ("no/such/f.csv", "no folder"), ("folder.csv", "is a folder")],
)
def test_outputs_that_cannot_be_written_are_refused_at_once(tmp_path, name, words):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(SinkError, match=words):
        open_sink(tmp_path / name, "Class")


def test_full_disk_gives_a_sink_error_and_leaves_nothing(tmp_path, monkeypatch):
    class Full:
        def write(self, text):
            raise OSError(28, "No space left on device")

        def close(self):
            pass

    sink = CsvSink(tmp_path / "f.csv")
    with pytest.raises(SinkError, match="No space left"), sink:
        sink._files[0].close()
        sink._files = [Full()]
        sink.write(FIRST)
    assert list(tmp_path.iterdir()) == []


def test_a_path_without_ending_or_npy_is_an_npy_pair(tmp_path):
    for name in ("out", "out.npy"):
        assert [path.name for path in open_sink(tmp_path / name, "Class").paths] == ["out_data.npy", "out_labels.npy"]


def test_npy_pair_that_is_overwritten_leaves_no_labels_or_keys_of_before(tmp_path):
    write(NpySink(tmp_path / "out", keys=True))
    with pytest.raises(RuntimeError), NpySink(tmp_path / "out", None, overwrite=True) as sink:
        sink.write(SECOND)
        raise RuntimeError
    assert len(list(tmp_path.iterdir())) == 3
    with NpySink(tmp_path / "out", None, overwrite=True) as sink:
        sink.write(SECOND)
    assert [path.name for path in tmp_path.iterdir()] == ["out_data.npy"]


@pytest.mark.parametrize("kind", ["labels", "keys"])
def test_stray_array_that_would_pass_for_a_part_of_the_output_is_refused(tmp_path, kind):
    (tmp_path / f"out_{kind}.npy").touch()
    with pytest.raises(SinkError, match=f"out_{kind}.npy is there already"):
        NpySink(tmp_path / "out", None)


@pytest.mark.parametrize(
    "output, read", [("f.csv", "f.csv"), ("out", "out_data.npy"), ("out", "out_labels.npy"), ("out", "out_keys.npy")]
)
def test_file_that_is_being_read_is_never_replaced(tmp_path, monkeypatch, output, read):
    monkeypatch.chdir(tmp_path)
    (tmp_path / read).touch()
    for overwrite in (False, True):
        with pytest.raises(SinkError, match=f"{read} is one of the files that this reads"):
            open_sink(tmp_path / output, None, overwrite=overwrite, inputs=["absent", f"../{tmp_path.name}/{read}"])


def test_output_without_a_name_is_refused():
    with pytest.raises(SinkError, match="is not the name of a file"):
        open_sink("", None)


@pytest.mark.parametrize("name", ["new/", "there"])
def test_slash_at_the_end_or_existing_folder_gets_a_file_per_image(tmp_path, name):
    (tmp_path / "there").mkdir()
    write(open_sink(f"{tmp_path}/{name}", "Class"))
    np.testing.assert_array_equal(np.load(tmp_path / name / "x" / "2.npy"), FIRST.features[1])


@pytest.mark.parametrize("name", ["f.csv", "f", "f.npz", "f/"])
def test_only_hdf5_is_compressed_on_request(tmp_path, name):
    with pytest.raises(SinkError, match="cannot be compressed"):
        open_sink(f"{tmp_path}/{name}", None, compression="gzip")


@pytest.mark.parametrize("name", ["f.csv", "f"])
def test_output_that_is_written_whole_or_not_at_all_cannot_be_resumed(tmp_path, name):
    with pytest.raises(SinkError, match="leave --resume out"):
        open_sink(tmp_path / name, None, resume=True)


def test_skipped_images_are_listed_with_their_reasons(tmp_path):
    write_skipped(AtomicFile(tmp_path / "bad.csv"), [Skipped("a, b.png", "no such file")])
    assert (tmp_path / "bad.csv").read_text() == 'key,reason\n"a, b.png",no such file\n'
    with pytest.raises(SinkError, match="there already"):
        AtomicFile(tmp_path / "bad.csv")
    with pytest.raises(SinkError, match="no folder"):
        AtomicFile(tmp_path / "no" / "bad.csv")


def test_failure_at_the_end_leaves_nothing(tmp_path, monkeypatch):
    sink = NpySink(tmp_path / "out")
    with pytest.raises(SinkError, match="No space left"), sink:
        sink.write(FIRST)
        monkeypatch.setattr(np, "save", lambda *a, **k: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert list(tmp_path.iterdir()) == []
    assert all(file.closed for file in sink._files)


@pytest.mark.parametrize("name", ["f.csv", "f"])
def test_buffer_that_would_do_nothing_is_refused(tmp_path, name):
    with pytest.raises(SinkError, match="leave --buffer-size out"):
        open_sink(tmp_path / name, None, buffer_size=10)


@pytest.mark.parametrize("name", ["f.h5", "f.npz", "f.parquet", "f.csv", "out", "f/"])
def test_second_run_of_the_same_output_is_told_before_it_begins(tmp_path, name):
    with open_sink(f"{tmp_path}/{name}", "Class"):
        for options in ({}, {"overwrite": True}):
            with pytest.raises(SinkError, match="is being written by another run: wait for it, or choose another name"):
                open_sink(f"{tmp_path}/{name}", "Class", **options)
    write(open_sink(f"{tmp_path}/{name}", "Class", overwrite=True))


@pytest.mark.parametrize("name", ["f.h5", "f.npz", "f.parquet", "f.csv", "f", "f/"])
def test_folder_that_vanishes_during_the_run_is_one_sentence(tmp_path, name):
    (tmp_path / "out").mkdir()
    with pytest.raises(SinkError, match=r"^(Cannot write .*/out/f|There is no folder .*/out to write f)"):
        with open_sink(f"{tmp_path}/out/{name}", "Class") as sink:
            sink.write(FIRST)
            shutil.rmtree(tmp_path / "out")
            sink.write(SECOND)


@pytest.mark.skipif(sys.platform == "win32", reason="no such devices there")
def test_device_is_never_an_output():
    for name in ("/dev/null", "/dev/full"):
        with pytest.raises(SinkError, match="is a device or a pipe, which is never replaced"):
            open_sink(name, None, overwrite=True)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
@pytest.mark.parametrize("ending", [".h5", ".npz", ".parquet", ".csv", "/"])
def test_output_that_is_a_link_is_written_where_it_leads(tmp_path, ending):
    if ending == ".parquet":
        pytest.importorskip("pyarrow")
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / f"real{ending}".rstrip("/"), tmp_path / f"link{ending}".rstrip("/")
    link.symlink_to(target, target_is_directory=ending == "/")
    for overwrite in (False, True):
        write(open_sink(f"{link}/" if ending == "/" else link, "Class", overwrite=overwrite))
        assert link.is_symlink()
        assert target.exists()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", link.name]
        assert [path.name for path in target.parent.iterdir()] == [target.name]
