"""A pack that is made once, and a computer without it."""

import hashlib
import json
from zipfile import ZipFile

import pytest
from PIL import Image

from orangecontrib.transferlearning.embedding import cache as embedding_cache
from orangecontrib.transferlearning.engines import opening
from orangecontrib.transferlearning.packs.packing import Packing

from ..conftest import solid

SMALL = {"backbone": "SqueezeNet", "weights": None, "image_size": (48, 48)}
"""Arguments of an embedder that needs neither a download nor much time."""

COLORS = {"cats/1.png": (250, 20, 30), "cats/2.png": (20, 240, 30), "dogs/1.png": (20, 30, 230)}


@pytest.fixture(scope="session")
def lesson(tmp_path_factory):
    """A folder with lesson.ows and the folder animals of images; one of them cannot be read."""
    folder = tmp_path_factory.mktemp("lesson")
    for name, color in COLORS.items():
        path = folder / "animals" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(solid(color)).save(path)
    (folder / "animals" / "dogs" / "broken.png").write_bytes(b"no image")
    (folder / "lesson.ows").write_text("<scheme/>")
    return folder


@pytest.fixture(scope="session")
def made(lesson, tmp_path_factory):
    """A pack of the whole lesson, with features."""
    path = tmp_path_factory.mktemp("made") / "class.zip"
    Packing([SMALL], lesson / "animals", True, [lesson / "lesson.ows"]).write(path)
    return path


@pytest.fixture
def go_to_laptop(tmp_path, monkeypatch):
    """Return a function that moves to another computer, which cannot convert networks, and returns its cache folder."""
    home, current = tmp_path / "laptop-cache", tmp_path / "here"

    def convert(*arguments, **options):
        raise AssertionError("A network was converted")

    def go():
        home.mkdir()
        current.mkdir()
        monkeypatch.chdir(current)
        for module in (opening, embedding_cache):
            monkeypatch.setattr(module, "cache_folder", lambda: home)
        monkeypatch.setattr(opening, "run_in_worker", convert)
        return home

    return go


@pytest.fixture
def laptop(go_to_laptop):
    """Be on another computer, in an empty folder; its cache folder is returned."""
    return go_to_laptop()


def files_in(folder):
    """Contents of all files in a folder by their path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def rewrite(pack, target, files=None, manifest=None):
    """Write a pack with other files (None leaves one out) and a changed manifest, in which all hashes are right.

    Parameters
    ----------
    pack, target : Path
    files : dict of str to bytes or None
    manifest : callable
        Changes the content of the manifest in place.
    """
    with ZipFile(pack) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()} | (files or {})
    about = json.loads(contents.pop("manifest.json"))
    contents = {name: content for name, content in contents.items() if content is not None}
    about["files"] = [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    ]
    if manifest:
        manifest(about)
    with ZipFile(target, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
        archive.writestr("manifest.json", json.dumps(about))
    return target
