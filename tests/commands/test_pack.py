"""`pack` and `unpack`: what they print, and how they refuse."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from orangecontrib.transferlearning import cache_folder as cache_folder_module
from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.embedding.embedder import Embedder

from ..packs.conftest import files_in, go_to_laptop, lesson  # noqa: F401 - fixtures

pytest.importorskip("openvino")

OPTIONS = ["--backbone", "SqueezeNet", "--weights", "none", "--image-size", "48"]


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(cli.main, [str(word) for word in words])


def test_lesson_is_packed_and_unpacked(run, lesson, tmp_path, go_to_laptop, monkeypatch):  # noqa: F811
    pack = tmp_path / "class.zip"
    packed = run(
        "pack", pack, *OPTIONS, "--images", lesson / "animals", "--features", "--workflow", lesson / "lesson.ows"
    )
    assert packed.exit_code == 0, packed.output
    lines = packed.stdout.splitlines()
    assert lines[:3] == [
        "SqueezeNet 1.1: 512 features",
        "4 images, and features of 3 different images",
        "workflow lesson.ows",
    ]
    assert lines[3].startswith("8 files, 2.9 MB") and lines[4] == str(pack)
    expected = Embedder("SqueezeNet", weights=None, image_size=(48, 48), engine="openvino").embed(lesson / "animals")

    laptop = go_to_laptop()
    monkeypatch.setattr(cache_folder_module, "cache_folder", lambda: laptop)
    unpacked = run("unpack", pack)
    assert unpacked.exit_code == 0, unpacked.output
    assert unpacked.stdout.splitlines() == [
        "SqueezeNet 1.1: 512 features, ready",
        "features of 3 different images are in the cache",
        "class: 5 files, 4 of them images",
        "Open class/lesson.ows in Orange",
    ]
    assert files_in(tmp_path / "here" / "class") == files_in(lesson)
    shown = run(
        "embed", "class/animals", "out.npz", "--backbone", "SqueezeNet", "--weights", "none", "--image-size", "48"
    )
    assert "(all from the cache)" in shown.stdout
    with np.load("out.npz") as saved:
        np.testing.assert_array_equal(saved["features"], expected.features)

    again = run("unpack", pack)
    assert again.exit_code == 2
    assert again.stderr.splitlines()[-1].endswith("is there already: name another folder, or say --overwrite.")
    assert run("unpack", pack, "--overwrite").exit_code == run("unpack", pack, "other").exit_code == 0
    assert "1 network of class packs, 2.9 MB" in run("cache").stdout
    assert "of class packs" not in run("cache", "--clear").stdout
    assert not list(laptop.rglob("network.xml"))


def test_images_that_cannot_be_read_are_told_and_packed(run, lesson, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    shutil.copytree(lesson / "animals", "animals")
    Path("animals/cats/bad.png").write_text("not an image")
    packed = run("pack", "class", *OPTIONS, "--images", "animals", "--features")
    assert packed.exit_code == 0, packed.output
    assert "skipped: cats/bad.png: not an image, but text" in packed.stderr.splitlines()
    assert packed.stdout.splitlines()[1] == "5 images, and features of 3 different images"
    assert packed.stdout.splitlines()[-1] == "class.zip"
    with zipfile.ZipFile("class.zip") as archive:
        assert archive.read("files/animals/cats/bad.png") == b"not an image"


def test_networks_alone_need_no_folder(run, tmp_path, go_to_laptop):  # noqa: F811
    packed = run("pack", tmp_path / "class.zip", *OPTIONS)
    assert packed.stdout.startswith("SqueezeNet 1.1: 512 features\n2 files, 2.9 MB\n")
    go_to_laptop()
    assert run("unpack", tmp_path / "class.zip").stdout == "SqueezeNet 1.1: 512 features, ready\n"
    assert not (tmp_path / "here" / "class").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x.zip"], "No network is named: say --preset best, for example, or --backbone NAME."),
        (["x.zip", "--preset", "quick", "--features"], "--features are those of images: say --images FOLDER, too."),
        (["x.zip", "--backbone", "Net"], "No network is called 'Net'."),
        (["x.zip", "--preset", "best", "--pooling", "none"], "Presets have their own weights, pooling and image size"),
        (["x.zip", "--backbone", "Best", "--image-size", "64"], "Presets have their own weights, pooling and image"),
        (["x.zip", "--preset", "quick", "--backbone", "quick"], "SqueezeNet 1.1 is there 2 times with the same"),
        (["x.zip", "--backbone", "SqueezeNet", "--weights", "none.h5"], "There is no weights file 'none.h5'"),
        (["x.zip", "--preset", "quick", "--images", "none"], "none: expected a folder, found nothing there"),
        (
            ["x.zip", "--preset", "quick", "--workflow", "none.ows"],
            "none.ows is no workflow: name an existing .ows file.",
        ),
        (["no/x.zip", "--preset", "quick"], "There is no folder no to write x.zip in: make it first."),
    ],
)
def test_pack_that_cannot_be_is_refused_in_a_sentence(run, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    done = run("pack", *words)
    assert done.exit_code == 2
    assert said in done.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_damaged_pack_is_refused_in_a_sentence(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class.zip").write_bytes(b"PK")
    done = run("unpack", "class.zip")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == (
        "Error: class.zip is no class pack, or is damaged or incomplete: copy it again."
    )
    with zipfile.ZipFile("other.zip", "w") as archive:
        archive.writestr("x", "y")
    assert run("unpack", "other.zip").stderr.splitlines()[-1] == (
        "Error: other.zip is no class pack: choose a file that `orange-transfer pack` has written."
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class.zip", "other.zip"]
