"""What goes into a pack, and where its files will be."""

import os
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest

from orangecontrib.transferlearning.errors import Cancelled, PackError, SettingError, SinkError, SourceError
from orangecontrib.transferlearning.packs import packing
from orangecontrib.transferlearning.packs.manifest import Manifest
from orangecontrib.transferlearning.packs.pack_writer import PackWriter
from orangecontrib.transferlearning.packs.packing import Packing
from orangecontrib.transferlearning.packs.user_files import place_beside
from orangecontrib.transferlearning.widgets.controls.recent_paths import relocated

from .conftest import SMALL

pytest.importorskip("openvino")


def test_same_content_is_the_same_file(lesson, made, tmp_path):
    Packing([SMALL], lesson / "animals", True, [lesson / "lesson.ows"]).write(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == made.read_bytes()


def test_network_of_several_choices_is_there_once(tmp_path):
    manifest = Packing([SMALL, SMALL | {"scaling": "l2"}, SMALL | {"pooling": "max"}]).write(tmp_path / "x.zip")
    assert [each.settings["pooling"] for each in manifest.networks] == ["auto", "max"]
    assert len(manifest.embedders) == 3
    assert manifest.user_files == []


@pytest.mark.parametrize(
    ("images", "workflows", "expected"),
    [
        ("a/photos", [], "photos/1.png"),
        ("a/photos", ["a/w.ows"], "photos/1.png"),
        ("a/b/photos", ["a/w.ows"], "b/photos/1.png"),
        ("a/photos", ["a/photos/w.ows"], "1.png"),
        ("a/photos", ["b/w.ows"], "photos/1.png"),
        ("a/b/photos", ["c/w.ows", "a/v.ows"], "b/photos/1.png"),
    ],
)
def test_images_are_where_the_workflow_looks_for_them(tmp_path, images, workflows, expected):
    for name in (f"{images}/1.png", *workflows):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    paths = [tmp_path / name for name in workflows]
    manifest = Packing([SMALL], tmp_path / images, workflows=paths).write(tmp_path / "x.zip")
    assert manifest.user_files == [*(path.name for path in paths), expected]


@pytest.mark.parametrize("workflow", ["lesson/w.ows", "lesson/photos/w.ows", "elsewhere/w.ows"])
def test_workflow_finds_its_images_where_they_are_unpacked(tmp_path, workflow):
    for name in ("teacher/lesson/photos/1.png", f"teacher/{workflow}"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    teacher = tmp_path / "teacher"
    images, place = str(teacher / "lesson" / "photos"), [str(teacher / "lesson" / "photos"), None, None, "", "", None]
    saved = relocated(place, str((teacher / workflow).parent))
    where = place_beside(Path(images), [teacher / workflow])
    shutil.rmtree(teacher)
    (tmp_path / "class" / where).mkdir(parents=True)
    found = relocated(saved, str(tmp_path / "class"))
    assert Path(found[0]) == tmp_path / "class" / where


def refuse(error, said, tmp_path, packing):
    with pytest.raises(error, match=said):
        packing.write(tmp_path / "x.zip")
    assert not list(tmp_path.glob("*x.zip*"))


def test_what_cannot_be_packed_is_refused_before_any_work(lesson, tmp_path, monkeypatch):
    monkeypatch.setattr(packing, "Embedder", None)
    refuse(
        PackError, "w.ows is no workflow: name an existing", tmp_path, Packing([SMALL], workflows=[tmp_path / "w.ows"])
    )
    (tmp_path / "w.txt").touch()
    refuse(PackError, "w.txt is no workflow", tmp_path, Packing([SMALL], workflows=[tmp_path / "w.txt"]))
    refuse(SourceError, "expected a folder", tmp_path, Packing([SMALL], tmp_path / "none"))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "w.ows").touch()
    both = [tmp_path / name / "w.ows" for name in ("one", "two")]
    refuse(PackError, "are one file on Windows and macOS", tmp_path, Packing([SMALL], workflows=both))
    monkeypatch.setattr(packing, "find_spec", lambda name: None)
    refuse(PackError, "OpenVINO is not installed: `pip install openvino`", tmp_path, Packing([SMALL]))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["who?.png", "a:b.png", "end. ", "CON.png"])
def test_image_with_a_name_that_not_every_system_has_is_named(tmp_path, name):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / name).write_bytes(b"\x89PNG\r\n\x1a\n")
    refuse(PackError, "is no name of a file on every system", tmp_path, Packing([SMALL], tmp_path / "images"))


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_image_that_leads_out_of_the_folder_is_refused(lesson, tmp_path):
    (tmp_path / "secret.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    images = shutil.copytree(lesson / "animals", tmp_path / "animals")
    (images / "other.png").symlink_to(tmp_path / "secret.png")
    refuse(PackError, "other.png leads out of .*animals: put a copy", tmp_path, Packing([SMALL], images))


def test_features_need_images(tmp_path):
    refuse(PackError, "name a folder of images, too", tmp_path, Packing([SMALL], with_features=True))


def test_wrong_setting_is_an_error(tmp_path):
    refuse(SettingError, "no layer", tmp_path, Packing([SMALL | {"layer": "nothing"}]))


def test_file_that_is_there_is_replaced_only_if_it_may_be(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"mine")
    with pytest.raises(SinkError, match="is there already"):
        Packing([SMALL]).write(tmp_path / "x.zip")
    assert (tmp_path / "x.zip").read_bytes() == b"mine"
    Packing([SMALL]).write(tmp_path / "x.zip", overwrite=True)
    assert len(ZipFile(tmp_path / "x.zip").namelist()) == 3


def test_interruption_leaves_nothing(lesson, tmp_path):
    def stop(fraction):
        heard.append(fraction)
        if fraction > 0.95:
            raise Cancelled

    heard = []
    with pytest.raises(Cancelled):
        Packing([SMALL], lesson / "animals", True).write(tmp_path / "x.zip", callback=stop)
    assert heard == sorted(heard)
    assert list(tmp_path.iterdir()) == []


def test_image_that_vanishes_meanwhile_is_named_and_nothing_is_left(lesson, tmp_path):
    shutil.copytree(lesson / "animals", tmp_path / "animals")

    def vanish(fraction):
        if fraction > 0.9:
            (tmp_path / "animals" / "dogs" / "1.png").unlink(missing_ok=True)

    with pytest.raises(PackError, match=r"There is no file .*1\.png"):
        Packing([SMALL], tmp_path / "animals", True).write(tmp_path / "x.zip", callback=vanish)
    assert not list(tmp_path.glob("*x.zip*"))


def test_large_files_are_zip64(tmp_path, monkeypatch):
    monkeypatch.setattr("zipfile.ZIP64_LIMIT", 1000)
    with ZipFile(tmp_path / "x.zip", "w") as archive:
        writer = PackWriter(archive, lambda n_bytes: None)
        writer.add_bytes("files/large", bytes(5000))
        writer.finish(Manifest({}, (), ()))
    with ZipFile(tmp_path / "x.zip") as archive:
        assert archive.read("files/large") == bytes(5000)
        assert archive.getinfo("files/large").extract_version == 45
