"""The work of a stopped run is damaged, or removed while a run writes."""

import re
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.features.opening import open_sink, read_features
from orangecontrib.transferlearning.records import Embeddings, ImageItem

OUTPUTS = ["f.h5", "f.npz", "f.parquet", "f/"]


class Images(list):
    """Images as a source."""

    columns, label_name, is_target, meta_names = (), "Class", False, ()

    def __init__(self, n_images):
        super().__init__(ImageItem(f"a/{i}.png", "", f"class {i % 2}") for i in range(n_images))


def embeddings(first, n_images=2):
    numbers = range(first, first + n_images)
    features = np.array([[i, -i, i / 7] for i in numbers], np.float32)
    labels = [f"class {i % 2}" for i in numbers]
    return Embeddings([f"a/{i}.png" for i in numbers], features, labels, fingerprint="print", weights="imagenet")


def work_folder(tmp_path, name):
    return tmp_path / ("f/.part" if name == "f/" else f".{name}.part")


def stop(tmp_path, name, n_batches=3, **options):
    """Stop a run, and return the folder of its work."""
    with pytest.raises(KeyboardInterrupt), open_sink(f"{tmp_path}/{name}", "Class", buffer_size=2, **options) as sink:
        for at in range(n_batches):
            sink.write(embeddings(2 * at))
        raise KeyboardInterrupt
    return work_folder(tmp_path, name)


def write_all(tmp_path, name, n_images=8, **options):
    with open_sink(f"{tmp_path}/{name}", "Class", buffer_size=2, **options) as sink:
        rest = sink.resume(Images(n_images), "print")
        for at in range(n_images - len(rest), n_images, 2):
            sink.write(embeddings(at))
    return sink


def flip(path, at=-3):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def first_array(work):
    return work / "arrays" / "a" / "0.npy" if (work / "arrays").exists() else work / "features.f4"


DAMAGES = {
    "settings: {": lambda work: (work / "settings.json").write_text("{\n"),
    "settings: nothing": lambda work: (work / "settings.json").write_text(""),
    "settings: list": lambda work: (work / "settings.json").write_text("[1]"),
    "settings: no sum": lambda work: (work / "settings.json").write_text('{"fingerprint": "print", "shape": [3]}'),
    "settings: a letter": lambda work: (work / "settings.json").write_text(
        (work / "settings.json").read_text().replace("imagenet", "imagfnet")
    ),
    "settings: no text": lambda work: (work / "settings.json").write_bytes(b"\xff"),
    "published: no text": lambda work: (work / "published").write_bytes(b"\xff"),
    "published: other": lambda work: (work / "published").write_text("../x"),
    "published: nothing": lambda work: (work / "published").write_text(""),
    "rows: {}": lambda work: (work / "rows.jsonl").write_text("{}\n"),
    "rows: list": lambda work: (work / "rows.jsonl").write_text("[1, 2]\n"),
    "rows: null": lambda work: (work / "rows.jsonl").write_text('{"keys": null, "sum": 1}\n'),
    "rows: no text": lambda work: flip(work / "rows.jsonl", 40),
    "rows: a key": lambda work: (work / "rows.jsonl").write_text(
        (work / "rows.jsonl").read_text().replace("a/1.png", "a/7.png")
    ),
    "rows: a bad line before others": lambda work: (work / "rows.jsonl").write_bytes(
        b"{\n" + (work / "rows.jsonl").read_bytes()
    ),
    "rows: the first is missing": lambda work: (work / "rows.jsonl").write_bytes(
        b"".join((work / "rows.jsonl").read_bytes().splitlines(keepends=True)[1:])
    ),
    "features: a bit": lambda work: flip(first_array(work)),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["f.h5", "f/"])
def test_damaged_work_is_refused_in_a_sentence_and_can_always_be_begun_again(tmp_path, name, damage):
    work = stop(tmp_path, name)
    DAMAGES[damage](work)
    words = re.escape(f"The work of a stopped run in {work} is damaged: say --overwrite to begin again.")
    for _ in range(2):
        with pytest.raises(SinkError, match=f"^{words}$"):
            write_all(tmp_path, name, resume=True)
    if not damage.startswith("features"):
        with pytest.raises(SinkError, match=f"^{words}$"):
            open_sink(f"{tmp_path}/{name}", "Class")
    write_all(tmp_path, name, overwrite=True)
    found = read_features(tmp_path / name)
    assert found.features.tolist() == embeddings(0, 8).features.tolist()
    assert found.weights == "imagenet"
    assert not work.exists()


@pytest.mark.parametrize("name", OUTPUTS[1:3])
@pytest.mark.parametrize("damage", ["settings: {", "rows: a key", "features: a bit"])
def test_damaged_work_of_other_formats_is_refused_too(tmp_path, name, damage):
    if name == "f.parquet":
        pytest.importorskip("pyarrow")
    DAMAGES[damage](stop(tmp_path, name))
    with pytest.raises(
        SinkError, match="^The work of a stopped run in .* is damaged: say --overwrite to begin again.$"
    ):
        write_all(tmp_path, name, resume=True)
    write_all(tmp_path, name, overwrite=True)
    assert read_features(tmp_path / name).features.tolist() == embeddings(0, 8).features.tolist()


def test_damaged_work_is_refused_though_an_older_output_is_complete(tmp_path):
    write_all(tmp_path, "f.h5")
    DAMAGES["settings: {"](stop(tmp_path, "f.h5", overwrite=True))
    with pytest.raises(SinkError, match="is damaged: say --overwrite to begin again"):
        write_all(tmp_path, "f.h5", resume=True)


def test_features_that_are_damaged_during_the_run_are_not_written(tmp_path):
    with pytest.raises(SinkError, match=r"^The work of a stopped run in .*\.f\.h5\.part is damaged: say --overwrite"):
        with open_sink(tmp_path / "f.h5", "Class", buffer_size=2) as sink:
            sink.write(embeddings(0))
            sink.write(embeddings(2))
            flip(tmp_path / ".f.h5.part" / "features.f4")
    assert sink.n_safe() == 0
    assert not (tmp_path / "f.h5").exists()


@pytest.mark.parametrize("out, missing", [("f.h5", "features.f4"), ("f/", "arrays/a/1.npy")])
def test_lost_features_are_told_without_an_offer_to_resume(fake_network, photos, tmp_path, monkeypatch, out, missing):
    monkeypatch.chdir(tmp_path)
    target = "array_folder.ArrayFolder._publish" if out == "f/" else "single_file_sinks.SingleFileSink._publish"
    with monkeypatch.context() as patch:
        patch.setattr(f"orangecontrib.transferlearning.features.{target}", lambda *a: 1 / 0)
        CliRunner().invoke(cli.main, ["embed", "photos", out, "--no-cache"])
    (work_folder(tmp_path, out) / missing).unlink()
    refused = CliRunner().invoke(cli.main, ["embed", "photos", out, "--no-cache", "--resume"])
    assert refused.exit_code == 2
    assert "no longer in" in refused.stderr.splitlines()[-1]
    assert "say --resume" not in refused.stderr
    again = CliRunner().invoke(cli.main, ["embed", "photos", out, "--no-cache", "--overwrite"])
    assert again.exit_code == 0, again.output
    assert read_features(tmp_path / out).keys == ["a/1.png", "a/2.png", "b/1.png", "b/3.png"]


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("removed", ["all", "work", "rows"])
@pytest.mark.parametrize("is_last", [False, True])
def test_work_that_is_removed_during_the_run_is_an_error_and_no_output(tmp_path, name, removed, is_last):
    if name == "f.parquet":
        pytest.importorskip("pyarrow")
    (tmp_path / "out").mkdir()
    work = work_folder(tmp_path / "out", name)
    words = "no longer listed in" if removed == "rows" else "^Cannot write .*/out/f"
    with pytest.raises(SinkError, match=words):
        with open_sink(f"{tmp_path}/out/{name}", "Class", buffer_size=2) as sink:
            sink.write(embeddings(0))
            if removed == "rows":
                (work / "rows.jsonl").unlink()
            else:
                shutil.rmtree(tmp_path / "out" if removed == "all" else work)
            if not is_last:
                sink.write(embeddings(2))
    assert sink.n_safe() == 0
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == []


def test_folder_of_another_run_in_the_place_of_removed_work_stays(tmp_path):
    with pytest.raises(SinkError, match="was removed during the run"):
        with open_sink(tmp_path / "f.h5", "Class", buffer_size=2) as sink:
            sink.write(embeddings(0))
            shutil.rmtree(work_folder(tmp_path, "f.h5"))
            stop(tmp_path, "f.h5")
    assert write_all(tmp_path, "f.h5", resume=True).n_kept == 6
    assert read_features(tmp_path / "f.h5").features.tolist() == embeddings(0, 8).features.tolist()
