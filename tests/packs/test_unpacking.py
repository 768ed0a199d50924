"""What was packed on one computer is the same on another, which has no TensorFlow and converts nothing."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning.backbones import network as network_module
from orangecontrib.transferlearning.embedding import fingerprint as fingerprint_module
from orangecontrib.transferlearning.embedding.cache import FeatureCache, default_path
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.embedding.fingerprint import Fingerprint, read_fingerprint, weights_settings
from orangecontrib.transferlearning.embedding.presets import PRESETS
from orangecontrib.transferlearning.engines import opening, openvino_cache
from orangecontrib.transferlearning.errors import Cancelled, PackError, SinkError
from orangecontrib.transferlearning.packs import pack_file, unpacking
from orangecontrib.transferlearning.packs.packing import Packing
from orangecontrib.transferlearning.packs.unpacking import unpack
from orangecontrib.transferlearning.sources.folder_source import FolderSource

from ..conftest import solid
from .conftest import SMALL, files_in, rewrite

pytest.importorskip("openvino")

NETWORK = network_module.Network(None, None, "", (), (4,), "0" * 64, "")


@pytest.fixture(scope="session")
def expected(lesson, made):
    """Features and fingerprint on the computer that packed."""
    embedder = Embedder(**SMALL, engine="openvino")
    return embedder.embed(lesson / "animals"), embedder.fingerprint


def test_network_gives_the_same_bits_and_fingerprint_and_images_are_whole(lesson, made, expected, laptop):
    unpacked = unpack(made)
    assert unpacked.folder.name == "class"
    assert files_in(unpacked.folder) == files_in(lesson)
    embedder = Embedder(**SMALL)
    found = embedder.embed(unpacked.folder / "animals")
    np.testing.assert_array_equal(found.features, expected[0].features)
    assert (found.keys, found.labels) == (expected[0].keys, ["cats", "cats", "dogs"])
    assert [each.key for each in found.skipped] == ["dogs/broken.png"]
    assert embedder.fingerprint == expected[1]
    assert (embedder.n_computed, embedder.engine_title) == (3, "OpenVINO")


def test_packed_features_are_found_and_nothing_is_computed(made, expected, laptop):
    folder = unpack(made).folder
    embedder = Embedder(**SMALL, cache=FeatureCache(default_path()))
    np.testing.assert_array_equal(embedder.embed(folder / "animals").features, expected[0].features)
    assert embedder.n_computed == 0


def test_other_versions_find_the_packed_network_and_features(made, expected, laptop, monkeypatch):
    for module in (network_module, fingerprint_module, openvino_cache):
        monkeypatch.setattr(module, "version", lambda name: "99.0")
    folder = unpack(made).folder
    embedder = Embedder(**SMALL, cache=FeatureCache(default_path()))
    np.testing.assert_array_equal(embedder.embed(folder / "animals").features, expected[0].features)
    assert embedder.n_computed == 0
    assert embedder.fingerprint == expected[1] and "99.0" not in expected[1]


def test_what_is_said_in_other_words_is_the_same_network(made, laptop):
    unpack(made)
    for words in ({"layer": "fire9"}, {"pooling": "avg"}, {"layer": "fire9", "pooling": "avg"}):
        assert Embedder(**SMALL, **words).n_features == 512
    with pytest.raises(AssertionError, match="converted"):
        Embedder(**SMALL | {"image_size": (50, 50)}).load()


def test_model_that_was_trained_on_the_features_finds_the_network():
    presets = [{"backbone": name} for name in PRESETS]
    for settings in (*presets, {"backbone": "ResNet50", "weights": None, "seed": 3}):
        embedder = Embedder(**settings)
        specs = embedder._network_specs()
        networks = [
            replace(
                NETWORK,
                layer=spec.layer or spec.backbone.layer,
                image_size=spec.backbone.image_size,
                preprocessing=spec.backbone.name,
            )
            for spec in specs
        ]
        parts = tuple(map(embedder._fingerprint, embedder.choices, networks))
        known = read_fingerprint(str(Fingerprint(parts, embedder.scaling))).settings()
        again = Embedder(**known, **weights_settings(embedder.weights_name))
        assert [spec.packed_key for spec in again._network_specs()] == [spec.packed_key for spec in specs]


def test_needs_neither_keras_nor_tensorflow_nor_packages_with_weights(made, expected, tmp_path):
    code = (
        "import json, sys\n"
        "for name in ('keras', 'tensorflow', 'ndf'): sys.modules[name] = None\n"
        "from orangecontrib.transferlearning.__main__ import main\n"
        "sys.argv[1:] = ['unpack', sys.argv[1], 'out']\n"
        "try: main()\n"
        "except SystemExit as stop: assert not stop.code\n"
        "from orangecontrib.transferlearning import Embedder\n"
        "done = Embedder('SqueezeNet', weights=None, image_size=(48, 48)).embed('out/animals')\n"
        "print(json.dumps(done.features.tolist()))"
    )
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code, made], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Open out/lesson.ows in Orange" in done.stdout
    np.testing.assert_array_equal(np.array(json.loads(done.stdout.splitlines()[-1]), np.float32), expected[0].features)


def test_network_whose_weights_would_be_downloaded_needs_no_download(made, tmp_path, laptop, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (small,), (large,) = Embedder(**SMALL)._network_specs(), Embedder("ResNet50")._network_specs()
    unpack(made)
    shutil.copytree(opening.packed_networks().path(small.packed_key), opening.converted_networks().path(large._key))
    Packing([{"backbone": "ResNet50"}]).write("large.zip")
    opening.converted_networks().clear()
    with pytest.raises(AssertionError, match="converted"):
        Embedder("ResNet50").load()
    assert unpack("large.zip").folder is None
    embedder = Embedder("ResNet50", engine="auto")
    expected = Embedder(**SMALL).transform([np.full((48, 48, 3), 9, np.uint8)]).features
    np.testing.assert_array_equal(embedder.transform([np.full((48, 48, 3), 9, np.uint8)]).features, expected)


def test_own_weights_go_along_and_are_found_by_their_content(tmp_path, go_to_laptop):
    keras = pytest.importorskip("keras")
    pixels = keras.Input((16, 16, 3))
    vector = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(5, 3, name="conv")(pixels))
    (tmp_path / "mine").mkdir()
    saved = tmp_path / "mine" / "own.keras"
    keras.Model(pixels, vector).save(saved)
    settings = {"backbone": "MobileNet", "layer": "conv"}
    Packing([settings | {"weights": saved}]).write(tmp_path / "own.zip")
    expected = Embedder(**settings, weights=saved, engine="openvino").transform([solid(70)])
    go_to_laptop()
    assert unpack(tmp_path / "own.zip", "out").manifest.user_files == ["own.keras"]
    found = Embedder(**settings, weights="out/own.keras").transform([solid(70)])
    np.testing.assert_array_equal(found.features, expected.features)
    assert found.fingerprint == expected.fingerprint


def test_packed_networks_stay_when_the_cache_is_full(made, laptop, monkeypatch):
    monkeypatch.setattr(openvino_cache, "MAX_MEGABYTES", 0)
    unpack(made)
    with opening.converted_networks().converted("key", lambda folder: (folder / "network.xml").write_text("made")):
        pass
    assert opening.packed_networks().count() == 1
    assert opening.packed_networks().megabytes() == pytest.approx(2.9, abs=0.3)


def test_file_that_is_there_stays_unless_it_may_be_replaced(made, laptop, tmp_path):
    out = tmp_path / "here" / "class"
    (out / "animals" / "cats").mkdir(parents=True)
    (out / "animals" / "cats" / "1.png").write_bytes(b"mine")
    (out / "notes.txt").write_bytes(b"mine too")
    with pytest.raises(SinkError, match=r"1\.png is there already: name another folder, or say --overwrite"):
        unpack(made)
    assert sorted(files_in(out)) == ["animals/cats/1.png", "notes.txt"]
    assert files_in(laptop) == {}
    unpack(made, overwrite=True)
    assert files_in(out)["notes.txt"] == b"mine too"
    assert files_in(out)["animals/cats/1.png"] != b"mine"
    assert len(files_in(out)) == 6


@pytest.mark.parametrize(
    ("in_the_way", "said"),
    [("file", "class is a file, not a folder"), ("link", "leads out of class"), ("folder", "is a folder, or leads")],
)
def test_folder_that_cannot_be_it(made, laptop, tmp_path, in_the_way, said):
    out = tmp_path / "here" / "class"
    if in_the_way == "file":
        out.write_text("mine")
    elif in_the_way == "link":
        out.mkdir()
        (tmp_path / "elsewhere").mkdir()
        (out / "animals").symlink_to(tmp_path / "elsewhere")
    else:
        (out / "lesson.ows").mkdir(parents=True)
    with pytest.raises(SinkError, match=said):
        unpack(made, overwrite=True)
    assert files_in(laptop) == {}
    assert not any((tmp_path / "elsewhere").glob("*"))


def test_no_folder_to_make_it_in(made, laptop):
    with pytest.raises(SinkError, match="There is no folder nowhere to make out in: make it first"):
        unpack(made, "nowhere/out")


@pytest.mark.parametrize("error", [Cancelled, KeyboardInterrupt])
def test_interruption_leaves_nothing(made, laptop, tmp_path, error):
    heard = []

    def stop(fraction):
        heard.append(fraction)
        if fraction > 0.5:
            raise error

    with pytest.raises(error):
        unpack(made, callback=stop)
    assert heard == sorted(heard) and heard[-1] > 0.5
    assert files_in(laptop) == {}
    assert list((tmp_path / "here").iterdir()) == []


def test_disk_that_becomes_full_leaves_nothing(made, laptop, tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(unpacking, "write_facts", lambda *_: full())
    with pytest.raises(OSError, match="No space left"):
        unpack(made)
    assert files_in(laptop) == {}
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize("part", ["networks", "files"])
def test_full_disk_is_told_with_the_place_that_is_full(made, laptop, tmp_path, monkeypatch, part):
    def full(self, name, target, progress):
        if name.startswith(part):
            raise OSError(28, "No space left on device")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
        return next(file.sha256 for file in self.manifest.files if file.name == name)

    monkeypatch.setattr(pack_file.PackFile, "_copy", full)
    place = {"networks": laptop, "files": tmp_path / "here"}[part]
    with pytest.raises(SinkError, match=f"^Cannot write {re.escape(str(place))}.*: No space left on device.$"):
        unpack(made)
    assert files_in(laptop) == {}
    assert list((tmp_path / "here").iterdir()) == []


def test_cache_that_cannot_take_features_is_an_error(made, laptop, tmp_path):
    default_path().mkdir()
    default_path().with_name(f"{default_path().name}.corrupt").mkdir()
    (default_path().with_name(f"{default_path().name}.corrupt") / "x").touch()
    with pytest.raises(SinkError, match="The features cannot be stored: "):
        unpack(made)
    assert list((tmp_path / "here").iterdir()) == []


def _first_network(about):
    return about["networks"][0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: _first_network(m)["settings"].update(backbone="NewNet"), "does not know .*: update this add-on"),
        (lambda m: _first_network(m)["settings"].update(color="red"), "describes a network as this version does not"),
        (lambda m: _first_network(m)["facts"].update(color="red"), "describes a network as this version does not"),
        (lambda m: _first_network(m).update(folder="../../"), "describes a network as this version does not"),
        (lambda m: m["features"][0].update(n_images=2), "has features that its manifest does not describe"),
        (lambda m: m["features"][0].update(n_features=2**40), "has features that its manifest does not describe"),
        (lambda m: m["features"][0]["notes"].update(zz="[]"), "has features that its manifest does not describe"),
        (lambda m: m["features"][0].update(name="files/lesson.ows"), "has features that its manifest does not"),
    ],
)
def test_what_this_version_cannot_use_is_refused(made, laptop, tmp_path, change, said):
    with pytest.raises(PackError, match=said):
        unpack(rewrite(made, tmp_path / "new.zip", manifest=change))
    assert files_in(laptop) == {}
    assert list((tmp_path / "here").iterdir()) == []


def test_network_that_only_a_newer_openvino_reads_is_refused(made, laptop, tmp_path):
    newer = {"networks/0/network.xml": b'<?xml version="1.0"?><net name="x" version="99"><layers/></net>'}
    pack = rewrite(made, tmp_path / "new.zip", newer, lambda about: about["versions"].update(openvino="2031.0"))
    with pytest.raises(PackError, match=r"written by OpenVINO 2031\.0, which this OpenVINO \(.*`pip install --upgrade"):
        unpack(pack)
    assert files_in(laptop) == {}
    assert list((tmp_path / "here").iterdir()) == []


def test_computer_without_openvino_is_told(made, laptop, monkeypatch):
    monkeypatch.setattr(unpacking, "find_spec", lambda name: None)
    with pytest.raises(PackError, match="for OpenVINO, which is not installed: `pip install openvino`"):
        unpack(made)


def test_notes_of_images_go_along(tmp_path, go_to_laptop):
    frames = [Image.fromarray(solid(color)) for color in (10, 200)]
    (tmp_path / "movies").mkdir()
    frames[0].save(tmp_path / "movies" / "two.gif", save_all=True, append_images=frames[1:])
    Packing([SMALL], tmp_path / "movies", True).write(tmp_path / "movies.zip")
    go_to_laptop()
    folder = unpack(tmp_path / "movies.zip").folder
    embedder = Embedder(**SMALL, cache=FeatureCache(default_path()))
    assert len(embedder.embed(FolderSource(folder / "movies"))) == 1
    assert embedder.n_computed == 0
    assert [line.split(" (")[0] for line in embedder.notes.lines()] == ["only the first frame is read"]
