"""Read the bytes at a location: a path, or a ``file:``, ``http:``, ``https:`` or ``data:`` URL."""

import base64
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from urllib.parse import unquote_to_bytes
from urllib.request import url2pathname

from ..errors import ImageReadError
from ..records import Location
from .download_limits import Limits

DOWNLOAD_LIMITS = Limits()
"""Limits of a download."""
MAX_BYTES = 2**29
"""Largest size of a file in bytes."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.IGNORECASE)  # two letters or more: "C:" is a Windows drive


class PublicAddress(str):
    """An address that is fetched from servers of the public internet only, not of this computer or a local network."""


def only_public(location: Location) -> Location:
    """Return an address as a `PublicAddress`; other locations stay as they are."""
    return PublicAddress(location) if is_address(location) else location


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
        return file.read(os.fstat(file.fileno()).st_size)  # and not what is added to it meanwhile, without end


@contextmanager
def open_image_file(path: str | bytes | os.PathLike) -> Iterator[BinaryIO]:
    """Open a regular file that is neither empty nor too large.

    Raises
    ------
    ImageReadError
        The file cannot be read; the message is the reason.
    """
    try:
        _check_is_file(os.stat(path))  # first, as to open a device may do something
        with open(path, "rb", opener=_open_without_waiting) as file:
            _check_is_file(os.fstat(file.fileno()))
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


def _open_without_waiting(path: str | bytes, flags: int) -> int:
    # Windows has no such flags.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _check_is_file(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ImageReadError(_NO_FILES.get(stat.S_IFMT(status.st_mode), "it is not an ordinary file"))
    if not status.st_size:  # also what the system makes up while it is read, such as /proc/kmsg, which has no end
        raise ImageReadError("the file is empty")
    if status.st_size > MAX_BYTES:
        raise ImageReadError(_too_large(f"{status.st_size} bytes"))


_NO_FILES = {
    stat.S_IFDIR: "it is a folder",
    stat.S_IFIFO: "it is a pipe, not a file",
    stat.S_IFSOCK: "it is a socket, not a file",
    stat.S_IFCHR: "it is a device, not a file",
    stat.S_IFBLK: "it is a device, not a file",
}


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
    from .downloads import download

    return download(url, DOWNLOAD_LIMITS, local_addresses=not isinstance(url, PublicAddress))


_READERS = {"file": _read_file_url, "http": _download, "https": _download, "data": _read_data_url}


def _too_large(found: str) -> str:
    return f"the image is too large ({found}; the limit is {MAX_BYTES} bytes)"
