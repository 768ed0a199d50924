"""Downloads of weights from a local server into a temporary cache folder."""

import errno
import os
import platform
import subprocess
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from orangecontrib.transferlearning.backbones.backbone import Backbone
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.backbones.weights_download import download_weights
from orangecontrib.transferlearning.errors import Cancelled, WeightsError

CONTENT = bytes(range(256)) * 12_000

asked = []
"""First byte of each request to the server."""


class _Server(BaseHTTPRequestHandler):
    def do_GET(self):
        if "missing" in self.path:
            self.send_error(404)
            return
        start = 0 if "whole" in self.path else int(self.headers.get("Range", "bytes=0-")[len("bytes=") : -1])
        asked.append(start)
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {0 if 'shifted' in self.path else start}-/{len(CONTENT)}")
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[:1000] if "short" in self.path and not start else CONTENT[start:])

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path


def at(address):
    return replace(BACKBONES["ResNet50"], weights_url=address + "{}.h5")


def test_weights_are_put_where_keras_looks_with_or_without_the_classifier(server, home):
    heard = []
    assert download_weights(at(f"{server}/net"), True, heard.append) == home / "models" / "net.h5"
    assert download_weights(at(f"{server}/net"), False) == home / "models" / "net_notop.h5"
    assert (home / "models" / "net.h5").read_bytes() == CONTENT
    assert heard[-1] == 1
    assert heard == sorted(heard)
    assert at(f"{server}/net").has_local_weights(True)


def test_weights_that_are_there_are_not_fetched_again(home):
    (home / "models").mkdir()
    (home / "models" / "net.h5").write_bytes(b"mine")
    download_weights(at("http://127.0.0.1:9/net"), True)
    assert (home / "models" / "net.h5").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "address, reason",
    [
        ("{server}/missing", "answered 404"),
        ("{server}/short", "connection broke off"),
        ("http://127.0.0.1:9/x", "no connection"),
    ],
)
def test_failure_names_the_file_its_address_its_place_and_what_works_offline(server, home, address, reason):
    backbone = at(address.format(server=server))
    with pytest.raises(WeightsError) as caught:
        download_weights(backbone, True)
    for words in (reason, backbone.weights_address(True), str(backbone.weights_path(True)), "98 MB", "SqueezeNet"):
        assert words in str(caught.value)
    assert [path.suffix for path in (home / "models").iterdir()] == ([".part"] if "short" in address else [])


def test_download_goes_on_where_it_was_cancelled(server, home):
    def cancel(fraction):
        raise Cancelled

    with pytest.raises(Cancelled):
        download_weights(at(f"{server}/net"), True, cancel)
    asked.clear()
    heard = []
    path = download_weights(at(f"{server}/net"), True, heard.append)
    assert path.read_bytes() == CONTENT
    assert asked == [1 << 20]
    assert heard[0] > (1 << 20) / len(CONTENT) and heard[-1] == 1
    assert list((home / "models").iterdir()) == [path]


@pytest.mark.parametrize(
    ("address", "left", "requests"),
    [
        ("short", CONTENT[:1000], [1000]),
        ("whole", b"other", [0]),
        ("net", CONTENT, [len(CONTENT), 0]),
        ("shifted", CONTENT[:1000], [1000, 0]),
    ],
)
def test_part_of_a_process_that_ended_is_taken_over(server, home, address, left, requests):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    (home / "models").mkdir()
    (home / "models" / f".{address}.h5.{platform.node()}-{process.pid}.part").write_bytes(left)
    asked.clear()
    path = download_weights(at(f"{server}/{address}"), True)
    assert path.read_bytes() == CONTENT
    assert asked == requests
    assert list((home / "models").iterdir()) == [path]


def test_largest_part_is_taken_and_one_that_cannot_be_is_no_hindrance(server, home, monkeypatch):
    pids = []
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", ""])
        process.wait()
        pids.append(process.pid)
    (home / "models").mkdir()
    parts = [home / "models" / f".net.h5.{platform.node()}-{pid}.part" for pid in pids]
    for part, n_bytes in zip(parts, (2000, 3000, 1000), strict=True):
        part.write_bytes(CONTENT[:n_bytes])
    asked.clear()
    path = download_weights(at(f"{server}/net"), True)
    assert asked == [3000]
    assert list((home / "models").iterdir()) == [path]
    path.unlink()
    parts[0].write_bytes(b"of another user")
    replace_file = os.replace

    def forbid(source, target):
        if source == parts[0]:
            raise PermissionError
        replace_file(source, target)

    monkeypatch.setattr(os, "replace", forbid)
    assert download_weights(at(f"{server}/net"), True).read_bytes() == CONTENT


def test_weights_that_are_there_do_not_wait_for_a_download(server, home):
    (home / "models").mkdir()
    (home / "models" / "there.h5").touch()

    def during(fraction):
        assert download_weights(at("http://127.0.0.1:9/there"), True) == home / "models" / "there.h5"

    download_weights(at(f"{server}/net"), True, during)


def test_part_of_a_process_that_runs_stays_its_own(server, home):
    (home / "models").mkdir()
    part = home / "models" / f".net.h5.{platform.node()}-{os.getppid()}.part"
    part.write_bytes(b"its own")
    asked.clear()
    assert download_weights(at(f"{server}/net"), True).read_bytes() == CONTENT
    assert asked == [0]
    assert part.read_bytes() == b"its own"


def test_message_names_the_networks_that_are_here(home):
    (home / "models").mkdir()
    mobile = BACKBONES["MobileNet"]
    mobile.weights_path(False).touch()
    offline = "SqueezeNet 1.1, EfficientNet-Lite0, EfficientNet-Lite1, EfficientNet-Lite2"
    for top, file, names in ((False, "net_notop.h5", f"{offline}, MobileNet"), (True, "net.h5", offline)):
        with pytest.raises(WeightsError) as raised:
            download_weights(at("http://127.0.0.1:9/net"), top)
        assert str(raised.value).endswith(
            f"save it as {home / 'models' / file}, or choose a network whose weights are on this computer: {names}."
        )


def test_message_does_not_name_the_network_that_failed(home, monkeypatch):
    monkeypatch.setattr(Backbone, "weights_address", lambda self, top: f"http://127.0.0.1:9/{self.name}{top}")
    mobile = BACKBONES["MobileNet"]
    (home / "models").mkdir()
    mobile.weights_path(False).touch()
    with pytest.raises(WeightsError, match=r"computer: SqueezeNet 1\.1, [^M]*Lite2\.$"):
        download_weights(mobile, True)


def test_full_disk_leaves_nothing(server, home, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(WeightsError, match="No space left on device"):
        download_weights(at(f"{server}/net"), True)
    assert list((home / "models").iterdir()) == []


def test_network_whose_weights_come_with_a_package_needs_no_download():
    assert download_weights(BACKBONES["SqueezeNet"], False) is None
