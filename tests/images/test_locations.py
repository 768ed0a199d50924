"""What is fetched from each kind of location, and why not."""

import base64
import os
import socket
from pathlib import Path

import pytest

from orangecontrib.transferlearning.images import locations
from orangecontrib.transferlearning.images.locations import read_bytes

from ..samples import FILES, fill, reason


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "søer på 馬 & 100% #1.png"
    path.write_bytes(FILES["png"])
    return path


def test_path_file_url_and_data_urls_give_the_same_bytes(image, monkeypatch):
    monkeypatch.chdir(image.parent)
    encoded = base64.b64encode(FILES["png"]).decode()
    spellings = [
        image,
        str(image),
        image.name,
        image.as_uri(),
        image.as_uri().replace("file:///", "file:/"),
        image.as_uri().replace("file:///", "FILE://localhost/"),
        f"data:image/png;base64,{encoded}",
        f"data:;base64,{encoded[:50]}%0A {encoded[50:]}",
        "data:image/png," + "".join(f"%{byte:02x}" for byte in FILES["png"]),
    ]
    for location in spellings:
        assert read_bytes(location) == FILES["png"]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("", "no file is named"),
        ("missing.jpg", "no such file"),
        ("C:/missing.jpg", "no such file"),
        ("photo:1.jpg", "no such file"),
        (Path("http://a/b.jpg"), "no such file"),
        ("file:///missing.jpg", "no such file"),
        ("file:missing.jpg", "no such file"),
        (".", "it is a folder"),
        ("a\0b.jpg", "not a valid path (embedded null byte)"),
        ("ftp://host/a.jpg", "addresses of the kind ftp: are not supported; use file:, http:, https: or data:"),
        ("data:image/png", "a data: address needs a comma before its content"),
        (7, "a path, an address or an array was expected, not int"),
        (None, "a path, an address or an array was expected, not NoneType"),
    ],
)
def test_location_without_content_is_refused_with_its_reason(location, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert reason(read_bytes, location) == expected


def test_damaged_base64_is_refused():
    assert reason(read_bytes, "data:image/png;base64,%%%").startswith("the base64 text of a data: address is damaged")


@pytest.mark.skipif(os.name == "nt" or getattr(os, "getuid", int)() == 0, reason="needs a user whom permissions bind")
def test_forbidden_file_is_refused(image):
    image.chmod(0)
    assert reason(read_bytes, image) == "permission denied"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert reason(read_bytes, tmp_path / "pipe.jpg") == "it is a pipe, not a file"


def test_file_of_too_many_bytes_is_refused(image, monkeypatch):
    monkeypatch.setattr(locations, "MAX_BYTES", 10)
    assert reason(read_bytes, image).startswith(
        f"the image is too large ({len(FILES['png'])} bytes; the limit is 10 bytes"
    )


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs sockets in the file system")
def test_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.jpg")
        assert reason(read_bytes, "socket.jpg") == "it is a socket, not a file"


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "/dev/tty"])
@pytest.mark.skipif(os.name == "nt", reason="Windows has other devices")
def test_device_is_refused_without_opening_it(path, monkeypatch):
    monkeypatch.setattr("builtins.open", None)
    assert reason(read_bytes, path) == "it is a device, not a file"


@pytest.mark.parametrize("path", ["/proc/kmsg", "/proc/self/status", "/proc/self/maps"])
@pytest.mark.skipif(not os.path.exists("/proc/kmsg"), reason="needs the files of Linux's kernel")
def test_files_that_the_system_makes_up_are_refused_without_reading_them(path):
    assert reason(read_bytes, path) in ("the file is empty", "permission denied")


def test_empty_file_is_refused(tmp_path):
    assert reason(read_bytes, fill(tmp_path, "a.png") / "a.png") == "the file is empty"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_that_takes_the_place_of_a_file_is_not_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "a.jpg").write_bytes(b"image")
    regular = os.stat(tmp_path / "a.jpg")
    monkeypatch.setattr(locations.os, "stat", lambda path: regular)
    assert reason(read_bytes, tmp_path / "pipe.jpg") == "it is a pipe, not a file"


@pytest.mark.skipif(os.name == "nt", reason="Windows does not let a file grow that is open elsewhere")
def test_file_that_grows_without_end_is_read_to_the_size_it_had(tmp_path, monkeypatch):
    path = tmp_path / "growing.png"
    path.write_bytes(b"12345")
    status = os.stat(path)
    path.write_bytes(b"12345678")
    monkeypatch.setattr(locations.os, "fstat", lambda descriptor: status)
    assert read_bytes(path) == b"12345"
