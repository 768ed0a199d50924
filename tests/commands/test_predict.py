"""`orange-transfer predict` through its real entry point."""

import csv
import json

import pytest
from click.testing import CliRunner
from PIL import Image
from sklearn.datasets import load_sample_image

from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.records import Skipped


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the command in a folder of its own; gives click's result."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli.main, ["predict", *map(str, arguments)])


@pytest.fixture
def sights(tmp_path):
    """A folder of two photographs, a broken image and a file that is no image."""
    folder = tmp_path / "sights"
    folder.mkdir()
    for name in ("china", "flower"):
        Image.fromarray(load_sample_image(f"{name}.jpg")).save(folder / f"{name}.png")
    (folder / "bad.jpg").write_bytes(b"not an image")
    (folder / "notes.md").touch()
    return folder


def test_text_names_classes_with_probabilities_and_wordnet_ids(run, sights):
    result = run("sights/flower.png", "--top", 2)
    assert result.exit_code == 0, result.output
    name, first, second = result.stdout.splitlines()
    assert name == "sights/flower.png"
    assert first.split("  ")[2].strip() == "brain coral"
    assert first.endswith("n01917289")
    assert float(first.split()[0]) == pytest.approx(0.407, abs=0.01)
    assert float(second.split()[0]) < float(first.split()[0])


def test_folder_becomes_a_file_of_rows_with_those_skipped_in_another(run, sights, tmp_path):
    result = run("sights", "sights/flower.png", "--top", 1, "--out", "p.csv", "--skipped", "bad.csv")
    assert result.exit_code == 0, result.output
    assert result.stdout == "p.csv\n"
    header, *rows = csv.reader((tmp_path / "p.csv").read_text().splitlines())
    assert header == ["image", "rank", "class", "probability", "wordnet_id"]
    assert [row[:3] for row in rows] == [
        ["sights/china.png", "1", "bell cote"],
        ["sights/flower.png", "1", "brain coral"],
        ["sights/flower.png (2)", "1", "brain coral"],
    ]
    assert "left out: 1 .md\n" in result.stderr
    assert "skipped: sights/bad.jpg: " in result.stderr
    assert "Predicting: 100%" in result.stderr
    assert (tmp_path / "bad.csv").read_text().splitlines()[1].startswith("sights/bad.jpg,")


def test_home_folder_is_meant_by_a_tilde(run, sights, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    result = run("~/sights/china.png", "--top", 1, "--out", "~/p.csv")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "p.csv").read_text().splitlines()[1].startswith(f"{tmp_path}/sights/china.png,1,bell cote,")


def test_format_is_what_is_said_or_what_the_file_ends_with(run, sights, tmp_path):
    assert json.loads(run("sights/china.png", "--format", "json").stdout)[0]["image"] == "sights/china.png"
    assert run("sights/china.png", "--out", "p.json", "--top", 3).exit_code == 0
    assert len(json.loads((tmp_path / "p.json").read_text())[0]["classes"]) == 3
    assert run("sights/china.png", "--out", "p.txt").exit_code == 0
    assert (tmp_path / "p.txt").read_text().startswith("sights/china.png\n  0.")


def test_output_that_is_there_or_is_read_is_refused_before_any_work(run, sights, tmp_path):
    (tmp_path / "p.csv").write_text("mine")
    before = (sights / "china.png").read_bytes()
    for out in ("p.csv", "sights/china.png"):
        result = run("sights/china.png", "--out", out, *["--overwrite"] * (out != "p.csv"))
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
    assert (tmp_path / "p.csv").read_text() == "mine"
    assert (sights / "china.png").read_bytes() == before
    assert run("sights/china.png", "--out", "p.csv", "--overwrite").exit_code == 0
    assert (tmp_path / "p.csv").read_text().startswith("image,rank")


def test_nothing_readable_is_an_error_and_leaves_no_output(run, sights, tmp_path):
    result = run("sights/bad.jpg", "--out", "p.csv", "--skipped", "s.csv")
    assert result.exit_code == 2
    assert "The image could not be read: sights/bad.jpg: " in result.stderr
    assert not (tmp_path / "p.csv").exists()
    assert (tmp_path / "s.csv").exists()


def test_list_of_those_skipped_is_of_this_run_even_where_it_is_empty(run, sights, tmp_path):
    (tmp_path / "s.csv").write_text("key,reason\nof,an earlier run\n")
    result = run("sights/china.png", "--skipped", "s.csv", "--overwrite")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "s.csv").read_text() == "key,reason\n"


def test_interrupt_leaves_the_list_of_those_skipped_as_it_was(run, sights, tmp_path, monkeypatch):
    def stop(embedder, source, top, callback):
        yield Skipped("bad.jpg", "it is bad")
        raise KeyboardInterrupt

    (tmp_path / "s.csv").write_text("mine")
    monkeypatch.setattr("orangecontrib.transferlearning.embedding.imagenet_predictions.stream_imagenet_classes", stop)
    result = run("sights", "--out", "p.csv", "--skipped", "s.csv", "--overwrite")
    assert result.exit_code == 130
    assert (tmp_path / "s.csv").read_text() == "mine"
    assert not (tmp_path / "p.csv").exists()


@pytest.mark.parametrize("arguments, words", [
    ([], "Missing argument 'IMAGES...'"),
    (["nosuch.jpg"], "nosuch.jpg: no such file or folder"),
    (["sights", "--top", "0"], "0 is not in the range x>=1"),
    (["sights", "--backbone", "Xceptio"], "did you mean Xception"),
    (["sights", "--weights", "no.keras"], "There is no file no.keras"),
    (["sights", "--weights", "no.h5"], "There is no weights file 'no.h5'"),
])  # fmt: skip
def test_mistakes_are_told_in_one_line(run, sights, arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr.splitlines()[-1]
    assert result.stdout == ""


def test_formulas_in_names_of_images_are_escaped_on_request(run, tmp_path):
    Image.new("RGB", (9, 9)).save(tmp_path / "=1+1.png")
    (tmp_path / "@x.png").write_text("broken")
    result = run("=1+1.png", "@x.png", "--top", 1, "--out", "p.csv", "--skipped", "s.csv", "--escape-formulas")
    assert result.exit_code == 0, result.output
    assert [row[0] for row in csv.reader((tmp_path / "p.csv").open())] == ["image", "'=1+1.png"]
    assert [row[0] for row in csv.reader((tmp_path / "s.csv").open())] == ["key", "'@x.png"]
    result = run("=1+1.png", "--top", 1, "--format", "csv")
    assert result.stdout.splitlines()[1].startswith("=1+1.png,1,")
    result = run("=1+1.png", "--escape-formulas")
    assert result.exit_code == 2
    assert "is for CSV, which is not written here: leave it out" in result.stderr
