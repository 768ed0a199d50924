"""What is downloaded, within which limits, from which servers, and why not."""

import gzip
import os
import socket
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.images import limited_network, locations
from orangecontrib.transferlearning.images.download_limits import Limits
from orangecontrib.transferlearning.images.downloads import MAX_ADDRESS, download
from orangecontrib.transferlearning.images.limited_network import is_local
from orangecontrib.transferlearning.images.locations import PublicAddress, read_bytes

from ..samples import FILES, reason

IMAGE = FILES["png"]
OK = b"HTTP/1.1 200 OK\r\n"
PACKED = OK + b"Content-Encoding: gzip\r\n\r\n"
BLOCK = b"\0\0\0\xff\xff"
"""A block of a packed stream that holds nothing."""
PAUSE = 0.05


def sized(content, length=None):
    return OK + b"Content-Length: %d\r\n\r\n" % (len(content) if length is None else length) + content


def moved(place):
    return b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % place


def pieces(*parts):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


def drip(start, part):
    """Yield an answer that goes on without end, a little at a time."""
    yield start
    while True:
        time.sleep(PAUSE)
        yield part


def flood(start, part):
    yield start
    while True:
        yield part


def silence(start=b""):
    yield start
    time.sleep(3)


def zeros():
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    yield PACKED
    while True:
        yield packer.compress(bytes(10**6)) + packer.flush(zlib.Z_SYNC_FLUSH)


IMAGES = {
    "/image.png": lambda: [sized(IMAGE)],
    "/without-length": lambda: [OK + b"\r\n" + IMAGE],
    "/moved": lambda: [moved(b"/image.png")],
    "/packed": lambda: [sized(gzip.compress(IMAGE)).replace(b"OK\r\n", b"OK\r\nContent-Encoding: gzip\r\n")],
    "/pieces": lambda: [OK + b"Transfer-Encoding: chunked\r\n\r\n" + pieces(IMAGE[:100], IMAGE[100:])],
    "/many-headers": lambda: [OK + b"".join(b"X-%d: a\r\n" % i for i in range(500)) + b"\r\n" + IMAGE],
    "/changed": lambda: [sized(IMAGE).replace(b"200 OK", b"203 Changed")],
    "/continue": lambda: [b"HTTP/1.1 100 Continue\r\n\r\n", sized(IMAGE)],
    "/space%20%C3%A9?a=1": lambda: [sized(IMAGE)],
}
"""Answers with an image."""

LATE = "the download took more than 0.5 s"
SILENT = "no answer within 0.3 s"
LARGE = "the download is too large (the limit is 300000 bytes)"
PART = "the server sent a part of the file, not all of it"
NO_FILE = "the server sent no file: it answered"
INVALID = "the answer of the server is not valid"
INTERRUPTED = "the connection was interrupted"
SERVER_ERROR = "the server answered 500 (Internal Server Error)"
UNKNOWN_PACKING = "the server packed the image in a way that it was not asked for"
ELSEWHERE = "the address redirects to one that is neither http: nor https:"

FEW = Limits(n_bytes=300_000)
LIMITS = {LATE: Limits(seconds=0.5), SILENT: Limits(read_seconds=0.3)}
"""Limits for the answers that keep a client waiting, by the reason."""

FAULTS = {
    "/missing": (lambda: [b"HTTP/1.1 404 \x1b[31mred\r\n\r\n"], "the server answered 404 (Not Found)"),
    "/strange-status": (lambda: [b"HTTP/1.1 799 A\r\n\r\n"], "the server answered 799"),
    "/part": (lambda: [sized(IMAGE).replace(b"200 OK", b"206 A")], f"{PART}: 206 (Partial Content)"),
    "/part-of": (lambda: [sized(IMAGE[:100]).replace(b"200 OK", b"206 A")], f"{PART}: 206 (Partial Content)"),
    "/nothing": (lambda: [b"HTTP/1.1 204 A\r\n\r\n"], f"{NO_FILE} 204 (No Content)"),
    "/created": (lambda: [sized(IMAGE).replace(b"200 OK", b"201 A")], f"{NO_FILE} 201 (Created)"),
    "/later": (lambda: [sized(IMAGE).replace(b"200 OK", b"202 A")], f"{NO_FILE} 202 (Accepted)"),
    "/reset": (lambda: [sized(b"").replace(b"200 OK", b"205 A")], f"{NO_FILE} 205 (Reset Content)"),
    "/strange-good": (lambda: [sized(IMAGE).replace(b"200 OK", b"299 A")], f"{NO_FILE} 299"),
    "/error-without-end": (lambda: flood(b"HTTP/1.1 500 A\r\n\r\n", bytes(999)), SERVER_ERROR),
    "/round": (lambda: [moved(b"/round")], "the address redirects more than 5 times"),
    "/to-file": (lambda: [moved(b"file:///etc/hostname")], ELSEWHERE),
    "/to-ftp": (lambda: [moved(b"ftp://127.0.0.1/a")], ELSEWHERE),
    "/to-data": (lambda: [moved(b"data:image/png;base64,aGk=")], ELSEWHERE),
    "/to-data-in-capitals": (lambda: [moved(b" DATA:,a")], ELSEWHERE),
    "/to-mail": (lambda: [moved(b"mailto:a@b.c")], ELSEWHERE),
    "/to-blank": (lambda: [moved(b"about:blank")], ELSEWHERE),
    "/to-blob": (lambda: [moved(b"blob:http://127.0.0.1/a")], ELSEWHERE),
    "/to-no-slash": (lambda: [moved(b"http:a")], "the address redirects to one that is not valid"),
    "/to-nowhere": (lambda: [moved(b"http://[::1")], INVALID),
    "/to-long": (lambda: [moved(b"/" + b"a" * MAX_ADDRESS)], f"the address is longer than {MAX_ADDRESS} characters"),
    "/short": (lambda: [sized(IMAGE[:100], 5000)], INTERRUPTED),
    "/close": (lambda: [], INTERRUPTED),
    "/garbage": (lambda: [b"\xff\xfe\0garbage\r\n\r\n"], INVALID),
    "/negative": (lambda: [OK + b"Content-Length: -5\r\n\r\n" + IMAGE], INVALID),
    "/unknown-packing": (lambda: [PACKED.replace(b"gzip", b"br") + b"x"], UNKNOWN_PACKING),
    "/not-packed": (lambda: [PACKED + b"x" * 20], "what the server packed cannot be unpacked"),
    "/packed-short": (lambda: [PACKED + gzip.compress(IMAGE)[:100]], INTERRUPTED),
    # A wait for each of the phases of an answer
    "/silence": (silence, SILENT),
    "/silence-in-headers": (lambda: silence(OK), SILENT),
    "/silence-in-body": (lambda: silence(sized(IMAGE[:100], 5000)), SILENT),
    "/drip-status": (lambda: drip(b"HTTP/1.1 200 ", b"a"), LATE),
    "/drip-headers": (lambda: drip(OK, b"X-a: b\r\n"), LATE),
    "/drip-header": (lambda: drip(OK + b"X-a: ", b"b"), LATE),
    "/drip-continue": (lambda: drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), LATE),
    "/drip-body": (lambda: drip(OK + b"\r\n", b"a"), LATE),
    "/drip-pieces": (lambda: drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"), LATE),
    "/drip-piece-extension": (lambda: drip(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a"), LATE),
    "/drip-trailers": (lambda: drip(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-a: b\r\n"), LATE),
    "/drip-packed": (lambda: drip(PACKED + gzip.compress(b"")[:10], BLOCK), LATE),
    "/drip-redirects": (lambda: (time.sleep(0.2), [moved(b"/drip-redirects")])[1], LATE),
    # More bytes than allowed, received or unpacked
    "/flood-body": (lambda: flood(OK + b"\r\n", bytes(9999)), LARGE),
    "/flood-continue": (lambda: flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), LARGE),
    "/flood-piece-extension": (lambda: flood(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * 999), INVALID),
    "/flood-packed": (lambda: flood(PACKED + gzip.compress(b"")[:10], 999 * BLOCK), LARGE),
    "/flood-unpacked": (zeros, LARGE),
}  # fmt: skip
"""Answers without an image, and the reasons that are given."""


def answer(connection, let_go):
    """Answer one request."""
    connection.settimeout(5)
    with connection:
        try:
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(9999) or b"\r\n\r\n"
                if request[0] == 0x16:  # the start of a secure connection
                    return connection.close()
            path = request.split(b" ")[1].decode()
            make = IMAGES.get(path) or FAULTS[path][0]
            for part in make():
                connection.sendall(part)
                if let_go.is_set():
                    return
        except OSError:  # the client has given up
            pass


@pytest.fixture(scope="module")
def server():
    """Give the address of a server of `IMAGES` and `FAULTS`."""
    let_go = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(99) as pool:

        def serve():
            while not let_go.is_set():
                pool.submit(answer, listening.accept()[0], let_go)

        threading.Thread(target=serve, daemon=True).start()
        port = listening.getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        let_go.set()
        socket.create_connection(("127.0.0.1", port)).close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.mark.parametrize("path", IMAGES)
def test_image_is_downloaded(server, path):
    assert read_bytes(server + path) == IMAGE


def test_spaces_and_letters_of_an_address_are_quoted(server):
    assert read_bytes(f"{server}/space é?a=1#part") == IMAGE


@pytest.fixture(scope="module")
def faults(server):
    """Download all faulty answers side by side, and return reason and seconds of each."""

    def fetch(path):
        start = time.monotonic()
        return path, (reason(download, server + path, LIMITS.get(FAULTS[path][1], FEW)), time.monotonic() - start)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "*")
        reason(download, f"{server}/missing")  # certificates are read once
        with ThreadPoolExecutor(8) as pool:
            return dict(pool.map(fetch, FAULTS))


@pytest.mark.parametrize("path", FAULTS)
def test_answer_without_an_image_is_given_up_in_time_with_its_reason(faults, path):
    found, seconds = faults[path]
    assert found == FAULTS[path][1]
    assert seconds < 5


def test_other_images_of_a_run_are_embedded(server, fake_network, monkeypatch, tmp_path):
    monkeypatch.setattr(locations, "DOWNLOAD_LIMITS", Limits(seconds=0.3))
    (tmp_path / "a.png").write_bytes(IMAGE)
    slow = [server + path for path in ("/drip-headers", "/drip-continue", "/drip-packed")]
    embeddings = Embedder("SqueezeNet", cache=False).embed([server + "/image.png", *slow, tmp_path / "a.png"])
    assert embeddings.keys == [server + "/image.png", str(tmp_path / "a.png")]
    assert [(each.key, each.reason) for each in embeddings.skipped] == [
        (address, "the download took more than 0.3 s") for address in slow
    ]


def test_secure_connection_is_made_within_the_time_or_given_up(server):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def serve():
            connection = listening.accept()[0]
            for part in drip(b"\x16\x03\x03\x40\x00\x02", b"\0"):
                try:
                    connection.sendall(part)
                except OSError:
                    return connection.close()

        threading.Thread(target=serve, daemon=True).start()
        start = time.monotonic()
        limits = Limits(connect_seconds=0.3)
        assert reason(download, f"https://127.0.0.1:{port}/a.png", limits) == "no connection within 0.3 s"
        assert time.monotonic() - start < 1.5
    assert reason(download, server.replace("http:", "https:")) == "the server makes no secure connection"


def test_name_that_takes_long_to_look_up_is_given_up(monkeypatch):
    let_go = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *about, **more: [let_go.wait(5)][:0])
    limits = Limits(connect_seconds=0.1)
    assert reason(download, "http://name/a.png", limits) == "no connection within 0.1 s"
    let_go.set()


def test_server_that_is_not_there_is_named_as_the_reason():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert reason(read_bytes, f"http://127.0.0.1:{port}/a.png") == "the server cannot be reached"
    for host in ("a..b", "a" * 99, "127.0.0.1:99999"):
        start = time.monotonic()
        words = reason(read_bytes, f"http://{host}/a.png")
        assert words == "the server cannot be reached" or words.startswith("not a valid address")
        assert time.monotonic() - start < 5


@pytest.mark.parametrize("url", ["http://", "http:///a.png", "http://[::1/a.png", "http://a:b/c.png", "http:a.png"])
def test_malformed_address_is_refused(url):
    assert reason(read_bytes, url).startswith("not a valid address")


# Local addresses

LOCAL = [
    "127.0.0.1", "127.255.0.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1",
    "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::",
    "2001:0:1::80ff:fffe",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "172.32.0.1",
    "193.2.72.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::",
]
REFUSED = "the address is one of this computer or a local network, which is not allowed here"


@pytest.mark.parametrize(("address", "expected"), [(each, True) for each in LOCAL] + [(each, False) for each in PUBLIC])
def test_local_addresses_are_known(address, expected):
    assert is_local(address) is expected


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0", "[::1]", "10.0.0.1"]
)
def test_local_server_is_asked_only_where_that_is_allowed(server, host):
    port = server.rpartition(":")[2]
    assert reason(read_bytes, PublicAddress(f"http://{host}:{port}/image.png")) == REFUSED


def test_name_of_a_local_server_is_seen_through(server, monkeypatch):
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *about, **more: [(2, 1, 6, "", ("9.9.9.9", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    )
    assert reason(download, "http://images.example/a.png", local_addresses=False) == REFUSED


def test_redirect_to_a_local_server_is_refused(server, monkeypatch):
    port = server.rpartition(":")[2]
    asked = []
    monkeypatch.setattr(limited_network, "is_local", lambda address: asked.append(address) or len(asked) > 1)
    assert reason(download, f"http://127.0.0.1:{port}/moved", local_addresses=False) == REFUSED
    assert asked == ["127.0.0.1"] * 2
    assert download(f"http://127.0.0.1:{port}/moved") == IMAGE


def test_proxy_is_asked_also_for_a_public_address(monkeypatch):
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            for _ in count():
                connection = listening.accept()[0]
                with connection:
                    asked.append(connection.recv(9999).split(b"\r\n")[0])
                    connection.sendall(sized(IMAGE))

        threading.Thread(target=serve, daemon=True).start()
        monkeypatch.delenv("NO_PROXY")
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{listening.getsockname()[1]}")
        assert download("http://images.invalid/a.png", local_addresses=False) == IMAGE
        assert reason(download, "http://127.0.0.1/a.png", local_addresses=False) == REFUSED
        assert asked == [b"GET http://images.invalid/a.png HTTP/1.1"]
        monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:9")
        refused = "a proxy of the kind socks5: is not supported; use one with http:"
        assert reason(download, "http://images.invalid/a.png") == refused


@pytest.mark.skipif(os.name == "nt", reason="Windows has other devices")
def test_address_stays_public_as_it_is_read():
    assert reason(read_bytes, PublicAddress("http://127.0.0.1:9/a.png")) == REFUSED
    assert reason(read_bytes, PublicAddress("file:///dev/null")) == "it is a device, not a file"
