"""Read the bytes at a location: a path, or a ``file:``, ``http:``, ``https:`` or ``data:`` URL."""

import base64
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote_to_bytes
from urllib.request import url2pathname

from ..errors import ImageReadError
from ..records import Location

if TYPE_CHECKING:
    import urllib3


MAX_BYTES = 2**29
"""Largest size of a file or download in bytes."""
CONNECT_SECONDS, READ_SECONDS = 10, 30
"""Seconds to wait for a connection, and for each part of a download."""
DOWNLOAD_SECONDS = 120
"""Largest duration of a download in seconds."""
MAX_REDIRECTS = 5

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.IGNORECASE)  # two letters or more: "C:" is a Windows drive


def read_bytes(location: str | os.PathLike) -> bytes:
    """Return the content of a file, a download or a data URL.

    Raises
    ------
    ImageReadError
        The content cannot be read; the message is the reason.
    """
    if not isinstance(location, str | os.PathLike):
        raise ImageReadError(f"a path, an address or an array was expected, not {type(location).__name__}")
    path = os.fspath(location)
    if not path:
        raise ImageReadError("no file is named")
    if not is_address(location):
        return _read_file(path)
    scheme = _SCHEME.match(path)[1].lower()
    if scheme not in _READERS:
        raise ImageReadError(f"addresses of the kind {scheme}: are not supported; use file:, http:, https: or data:")
    return _READERS[scheme](path)


def is_address(location: Location) -> bool:
    """Return whether a location is a URL, not a path: text with a scheme that is known here or followed by ``//``."""
    match = _SCHEME.match(location) if isinstance(location, str) else None
    return match is not None and (match[1].lower() in _READERS or location.startswith("//", match.end()))


def _read_file(path: str | bytes) -> bytes:
    with open_image_file(path) as file:
        return file.read()


@contextmanager
def open_image_file(path: str | bytes | os.PathLike) -> Iterator[BinaryIO]:
    """Open a regular file that is not too large.

    Raises
    ------
    ImageReadError
        The file cannot be read; the message is the reason.
    """
    try:
        _check_is_file(os.stat(path))
        with open(path, "rb") as file:
            yield file
    except ImageReadError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ImageReadError("no such file") from error
    except PermissionError as error:
        raise ImageReadError("permission denied") from error
    except OSError as error:
        raise ImageReadError(error.strerror or str(error)) from error
    except ValueError as error:
        raise ImageReadError(f"not a valid path ({error})") from error


def _check_is_file(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ImageReadError("it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise ImageReadError("it is not an ordinary file")
    if status.st_size > MAX_BYTES:
        raise ImageReadError(_too_large(f"{status.st_size} bytes"))


def _read_file_url(url: str) -> bytes:
    path = url[len("file:") :]
    for host in ("//localhost/", "///"):
        if path.lower().startswith(host):
            path = path[len(host) - 1 :]
    return _read_file(url2pathname(path))


def _read_data_url(url: str) -> bytes:
    header, comma, body = url.partition(",")
    if not comma:
        raise ImageReadError("a data: address needs a comma before its content")
    content = unquote_to_bytes(body)
    if not header.lower().endswith(";base64"):
        return content
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except ValueError as error:
        raise ImageReadError(f"the base64 text of a data: address is damaged ({error})") from error


def _download(url: str) -> bytes:
    import requests
    import urllib3

    deadline = time.monotonic() + DOWNLOAD_SECONDS
    try:
        with requests.Session() as session:
            session.max_redirects = MAX_REDIRECTS
            session.headers["User-Agent"] = (
                "Orange3-TransferLearning"  # some servers refuse the default name of the library
            )
            with session.get(url, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as response:
                if not response.ok:
                    raise ImageReadError(f"the server answered {response.status_code} ({response.reason})")
                return _body(response.raw, deadline)
    except ImageReadError:
        raise
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise ImageReadError(_network_reason(error)) from error


def _body(response: "urllib3.HTTPResponse", deadline: float) -> bytes:
    content = bytearray()
    # `read1` returns the bytes that have arrived; `read` would wait for a whole piece from a slow server.
    while piece := response.read1(2**16, decode_content=True):
        content += piece
        if len(content) > MAX_BYTES:
            raise ImageReadError(_too_large("download"))
        if time.monotonic() > deadline:
            raise ImageReadError(f"the download took more than {DOWNLOAD_SECONDS} s")
    return bytes(content)


_READERS = {"file": _read_file_url, "http": _download, "https": _download, "data": _read_data_url}


def _network_reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS} s"
    # A timeout in the middle of a download is a ConnectionError with these words.
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return f"no answer within {READ_SECONDS} s"
    if isinstance(error, requests.TooManyRedirects):
        return f"the address redirects more than {MAX_REDIRECTS} times"
    if isinstance(error, requests.exceptions.InvalidSchema):
        return "the address redirects to one that is neither http: nor https:"
    if isinstance(error, ValueError):
        return f"not a valid address ({error})"
    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate of the server is not valid"
    if isinstance(error, requests.ConnectionError):
        return "the server cannot be reached"
    return "the connection was interrupted"


def _too_large(found: str) -> str:
    return f"the image is too large ({found}; the limit is {MAX_BYTES} bytes)"
