"""Download a network's ImageNet weights into Keras' own cache folder."""

import os
import platform
import threading
from collections import defaultdict
from contextlib import suppress
from glob import escape
from pathlib import Path

import psutil

from ..errors import DownloadError
from ..records import Callback
from ..waiting import hold_lock
from .backbone import Backbone
from .registry import BACKBONES

TIMEOUT = (10, 60)
"""Seconds to wait for a connection, and for each piece of the file."""

_PIECE = 1 << 20
"""Bytes read at a time."""

_TOO_LONG = 416
"""Status of the answer if all of a file, or more, is there already."""

_locks: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)
"""A lock for each file, as all threads of a process share its part of the file."""


def download_weights(backbone: Backbone, top: bool, callback: Callback | None = None) -> Path | None:
    """Download ImageNet weights to the path at which Keras looks for them, unless they are there.

    Unlike Keras' own download, this one can be cancelled, reports its progress, prints nothing, never leaves half a
    file under the final name, and goes on where an earlier one has broken off. Keras checks the file's hash when it
    loads it.

    Parameters
    ----------
    backbone : Backbone
    top : bool
        Whether the classifier's weights are needed.
    callback : callable, optional
        Called with the fraction that is done, 0-1; may raise `Cancelled`.

    Returns
    -------
    Path or None
        The file; None for a network whose weights are in a package.

    Raises
    ------
    DownloadError
        There is no connection, no such file or no disk space; the message says what to do.
    """
    import requests

    if not backbone.weights_url:
        return None
    path = backbone.weights_path(top)
    if path.exists():
        return path
    with hold_lock(_locks[path], callback):
        if not path.exists():
            part = path.with_name(f".{path.name}.{platform.node()}-{os.getpid()}.part")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                _take_parts(path, part)
                _save(backbone.weights_address(top), part, callback)
                os.replace(part, path)
            except requests.RequestException as error:
                raise DownloadError(_advice(backbone, top, path, error)) from error
            except OSError as error:
                part.unlink(missing_ok=True)  # The disk may be full.
                raise DownloadError(_advice(backbone, top, path, error)) from error
    return path


def _take_parts(path: Path, part: Path) -> None:
    """Go on with the largest part that ended processes of this computer have downloaded; delete the others."""
    for left in path.parent.glob(escape(f".{path.name}.{platform.node()}-") + "*.part"):
        pid = left.name.removesuffix(".part").rpartition("-")[2]
        if not pid.isdecimal() or psutil.pid_exists(int(pid)):
            continue
        # It may be another user's, or another process may have taken it just now.
        with suppress(OSError):
            if part.exists() and part.stat().st_size >= left.stat().st_size:
                left.unlink()
            else:
                os.replace(left, part)


def _save(address: str, part: Path, callback: Callback | None) -> None:
    """Download a file, or the rest of it."""
    import requests

    n_saved = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={n_saved}-"} if n_saved else {})
    with requests.get(address, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        is_rest = answer.status_code == requests.codes.partial_content
        is_other = is_rest and not answer.headers.get("Content-Range", "").startswith(f"bytes {n_saved}-")
        if n_saved and (is_other or answer.status_code == _TOO_LONG):
            part.unlink()
            _save(address, part, callback)
            return
        answer.raise_for_status()
        n_saved = n_saved if is_rest else 0
        n_to_come = int(answer.headers.get("Content-Length", 0))
        n_bytes = n_saved + n_to_come
        with part.open("ab" if is_rest else "wb") as file:
            for piece in answer.iter_content(_PIECE):
                n_saved += file.write(piece)
                if callback and n_to_come:
                    callback(n_saved / n_bytes)


def _advice(backbone: Backbone, top: bool, path: Path, error: Exception) -> str:
    return (
        f"The ImageNet weights of {backbone.title} (about {backbone.megabytes} MB) could not be fetched "
        f"({_reason(error)}). Download {backbone.weights_address(top)} on a connected computer and save it as {path}"
        f"{_alternatives(backbone, top)}."
    )


def _alternatives(backbone: Backbone, top: bool) -> str:
    others = [each for each in BACKBONES.values() if each is not backbone]
    names = [each.title for each in others if each.has_local_weights(top or each.layer_in_top)]
    return f", or choose a network whose weights are on this computer: {', '.join(names)}" if names else ""


def _reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.HTTPError):
        return f"the server answered {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error)
