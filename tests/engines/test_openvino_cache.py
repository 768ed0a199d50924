"""The cache of networks in OpenVINO's format: the next start finds them, and only the right ones."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.engines import opening, openvino_cache
from orangecontrib.transferlearning.engines.openvino_cache import ConvertedNetworks, network_key
from orangecontrib.transferlearning.errors import SinkError

from ..conftest import solid

pytest.importorskip("openvino")


def test_this_process_needs_neither_keras_nor_tensorflow_and_the_next_one_gives_the_same(tmp_path):
    code = (
        "import json, sys, numpy as np; from orangecontrib.transferlearning import Embedder\n"
        "embedder = Embedder('SqueezeNet', image_size=(64, 64), engine='openvino')\n"
        "done = embedder.transform([np.full((9, 9, 3), 90, np.uint8)])\n"
        "loaded = [name for name in ('keras', 'tensorflow') if name in sys.modules]\n"
        "print(json.dumps([loaded, embedder.fingerprint, done.features.tolist(), embedder.network.layers]))"
    )
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    first, second = (
        json.loads(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
            ).stdout.splitlines()[-1]
        )
        for _ in range(2)
    )
    assert first[0] == second[0] == []
    assert first[1:] == second[1:]


@pytest.fixture
def network_settings():
    return {"layer": None, "pooling": "auto", "image_size": (64, 64)}


def test_key_tells_apart_what_makes_another_network(tmp_path, network_settings):
    weights = tmp_path / "w.h5"
    weights.write_bytes(b"one")
    base = network_key("VGG16", weights, 0, **network_settings)
    assert network_key("VGG16", weights, 0, **network_settings) == base
    others = {
        network_key("VGG19", weights, 0, **network_settings),
        network_key("VGG16", "imagenet", 0, **network_settings),
        network_key("VGG16", None, 0, **network_settings),
        network_key("VGG16", None, 1, **network_settings),
        network_key("VGG16", weights, 0, **network_settings | {"layer": "fc1"}),
        network_key("VGG16", weights, 0, **network_settings | {"pooling": "max"}),
        network_key("VGG16", weights, 0, **network_settings | {"image_size": (64, 65)}),
    }
    weights.write_bytes(b"two")
    others.add(network_key("VGG16", weights, 0, **network_settings))
    assert len(others | {base}) == 9


def test_kept_network_that_is_damaged_is_made_anew(cache_folder):
    image = [solid(77)]
    embedder = Embedder("SqueezeNet", image_size=(72, 72), engine="openvino")
    expected = embedder.transform(image).features
    (folder,) = [path for path in (cache_folder / "transfer-learning-networks").iterdir() if _size(path) == [72, 72]]
    (folder / "network.xml").write_text("nothing of the kind")
    again = Embedder("SqueezeNet", image_size=(72, 72), engine="openvino")
    np.testing.assert_array_equal(again.transform(image).features, expected)
    (folder / "facts.json").write_text("{")
    assert Embedder("SqueezeNet", image_size=(72, 72), engine="openvino")._network_specs()[0]._open_cached() is None


@pytest.mark.parametrize("name", ["network.xml", "network.bin", "facts.json"])
def test_kept_network_with_other_bytes_is_made_anew(cache_folder, name):
    image = [solid(77)]
    expected = Embedder("SqueezeNet", image_size=(72, 72), engine="openvino").transform(image).features
    (folder,) = [path for path in (cache_folder / "transfer-learning-networks").iterdir() if _size(path) == [72, 72]]
    content = bytearray((folder / name).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20] = bytes(reversed(content[middle : middle + 20]))
    (folder / name).write_bytes(content)
    assert Embedder("SqueezeNet", image_size=(72, 72), engine="openvino")._network_specs()[0]._open_cached() is None
    np.testing.assert_array_equal(
        Embedder("SqueezeNet", image_size=(72, 72), engine="openvino").transform(image).features, expected
    )


def _write(folder, text="made"):
    (folder / openvino_cache.NETWORK_FILE).write_text(text)


def test_what_another_process_has_made_meanwhile_is_left_and_taken(tmp_path):
    networks = ConvertedNetworks(tmp_path)

    def write_late(folder):
        with ConvertedNetworks(tmp_path).converted("key", lambda other: _write(other, "the other's")):
            _write(folder, "ours")

    with networks.converted("key", write_late) as folder:
        assert (folder / openvino_cache.NETWORK_FILE).read_text() == "the other's"
    # An older one is replaced.
    os.utime(networks.path("key") / openvino_cache.NETWORK_FILE, (1, 1))
    with networks.converted("key", _write) as folder:
        assert (folder / openvino_cache.NETWORK_FILE).read_text() == "made"


def test_networks_that_are_being_made_are_not_counted_nor_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(openvino_cache, "MAX_MEGABYTES", 0)
    networks = ConvertedNetworks(tmp_path)
    making = networks.folder / ".making-elsewhere"
    making.mkdir(parents=True)
    _write(making)
    with networks.converted("key", _write):
        assert networks.count() == 1
    assert making.exists()


def test_what_a_killed_process_has_left_goes_at_the_next_network(tmp_path):
    networks = ConvertedNetworks(tmp_path)
    code = (
        "import os, sys; from pathlib import Path\n"
        "from orangecontrib.transferlearning.engines.openvino_cache import ConvertedNetworks\n"
        "ConvertedNetworks(Path(sys.argv[1])).converted('key', lambda folder: os._exit(0)).__enter__()"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True)
    assert [path.name.startswith(".making-") for path in networks.folder.iterdir()] == [True]
    with networks.converted("key", _write):
        pass
    assert [path.name for path in networks.folder.iterdir()] == ["key"]


def test_network_that_vanishes_while_others_are_forgotten_is_no_error(tmp_path, monkeypatch):
    networks = ConvertedNetworks(tmp_path)
    monkeypatch.setattr(networks, "_network_folders", lambda: [networks.folder / "gone"])
    with networks.converted("key", _write) as folder:
        assert folder == networks.path("key")
    assert networks.megabytes() == 0


def _size(folder):
    return json.loads((folder / "facts.json").read_text())["image_size"]


def test_those_used_longest_ago_go_first(tmp_path, monkeypatch):
    networks = ConvertedNetworks(tmp_path)
    for number, name in enumerate(["old", "middle", "new"]):
        folder = networks.path(name)
        folder.mkdir(parents=True)
        (folder / "network.xml").write_bytes(bytes(1_000_000))
        os.utime(folder, (number, number))
    assert networks.count() == 3
    assert networks.megabytes() == pytest.approx(3)
    monkeypatch.setattr(openvino_cache, "MAX_MEGABYTES", 2.5)
    networks._remove_oldest("new")
    assert sorted(path.name for path in networks.folder.iterdir()) == ["middle", "new"]
    networks.clear()
    assert networks.count() == 0


def test_full_disk_of_the_cache_costs_time_only(tmp_path):
    folders = []

    def write(folder):
        folders.append(folder)
        (folder / "network.bin").write_bytes(b"half")
        if folder.parent.parent == tmp_path:
            raise SinkError("Cannot write: is the disk full?")

    networks = ConvertedNetworks(tmp_path)
    with networks.converted("key", write) as folder:
        assert folder == folders[-1]
        assert (folder / "network.bin").exists()
    assert len(folders) == 2
    assert list(networks.folder.iterdir()) == []
    assert not any(map(Path.exists, folders))


def test_network_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "network.xml").mkdir()
    spec = Embedder("SqueezeNet", image_size=(64, 64))._network_specs()[0]
    with pytest.raises(SinkError, match="Cannot write the converted network to .*: is the disk full?"):
        opening.run_in_worker(type(spec).convert, spec, tmp_path, environment={"KERAS_BACKEND": "openvino"})


def test_folder_that_cannot_be_written_costs_time_only(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(opening, "converted_networks", lambda: ConvertedNetworks(tmp_path / "file"))
    embedder = Embedder("SqueezeNet", image_size=(64, 64), engine="openvino")
    assert embedder.transform([solid(5)]).features.shape == (1, 512)
    assert embedder.engine_title == "OpenVINO"
