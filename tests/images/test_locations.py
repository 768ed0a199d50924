"""What is fetched from each kind of location, and why not."""

import base64
import gzip
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from orangecontrib.transferlearning.images import locations
from orangecontrib.transferlearning.images.locations import read_bytes

from ..samples import FILES, reason


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
    assert reason(read_bytes, tmp_path / "pipe.jpg") == "it is not an ordinary file"


def test_file_of_too_many_bytes_is_refused(image, monkeypatch):
    monkeypatch.setattr(locations, "MAX_BYTES", 10)
    assert reason(read_bytes, image).startswith(
        f"the image is too large ({len(FILES['png'])} bytes; the limit is 10 bytes"
    )


# The network


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/image.png":
            self.answer(200, FILES["png"])
        elif self.path == "/moved":
            self.answer(302, b"", Location="/image.png")
        elif self.path == "/round":
            self.answer(302, b"", Location="/round")
        elif self.path == "/to-file":
            self.answer(302, b"", Location="file:///etc/hostname")
        elif self.path == "/short":
            self.answer(200, FILES["png"][:100], length=5000)
        elif self.path == "/packed":
            self.answer(200, gzip.compress(FILES["png"]), **{"Content-Encoding": "gzip"})
        elif self.path == "/pieces":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in (FILES["png"][:100], FILES["png"][100:], b""):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        elif self.path == "/trickle":
            self.answer(200, b"", length=5000)
            while not self.server.let_go.wait(0.05):
                self.wfile.write(b"x")
        elif self.path == "/silent":
            self.server.let_go.wait(10)
        else:
            self.answer(404, b"not here")

    def answer(self, status, body, length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.let_go = threading.Event()
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.let_go.set()
        server.shutdown()


@pytest.mark.parametrize("path", ["/image.png", "/moved", "/packed", "/pieces"])
def test_image_is_downloaded(server, path):
    assert read_bytes(server + path) == FILES["png"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/missing", "the server answered 404 (Not Found)"),
        ("/round", "the address redirects more than 5 times"),
        ("/to-file", "the address redirects to one that is neither http: nor https:"),
        ("/short", "the connection was interrupted"),
    ],
)
def test_failed_download_is_refused_with_its_reason(server, path, expected):
    assert reason(read_bytes, server + path) == expected


def test_silent_server_is_given_up(server, monkeypatch):
    monkeypatch.setattr(locations, "READ_SECONDS", 0.2)
    assert reason(read_bytes, server + "/silent") == "no answer within 0.2 s"


def test_server_that_trickles_is_given_up(server, monkeypatch):
    monkeypatch.setattr(locations, "DOWNLOAD_SECONDS", 0.3)
    assert reason(read_bytes, server + "/trickle") == "the download took more than 0.3 s"


def test_download_of_too_many_bytes_is_refused(server, monkeypatch):
    monkeypatch.setattr(locations, "MAX_BYTES", 100)
    assert reason(read_bytes, server + "/image.png") == "the image is too large (download; the limit is 100 bytes)"


def test_server_that_is_not_there_is_named_as_the_reason(server, monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as gone:
        port = gone.server_port
    assert reason(read_bytes, f"http://127.0.0.1:{port}/a.png") == "the server cannot be reached"


@pytest.mark.parametrize("url", ["http://", "http://[::1/a.png"])
def test_malformed_address_is_refused(url):
    assert reason(read_bytes, url).startswith("not a valid address")
