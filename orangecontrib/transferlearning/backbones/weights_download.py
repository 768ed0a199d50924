"""Download a network's ImageNet weights into Keras' own cache folder."""

import os
from pathlib import Path

from ..errors import WeightsError
from ..records import Callback
from .backbone import Backbone

TIMEOUT = (10, 60)
"""Seconds to wait for a connection, and for each piece of the file."""

_PIECE = 1 << 20
"""Bytes read at a time."""


def download_weights(backbone: Backbone, top: bool, callback: Callback | None = None) -> Path | None:
    """Download ImageNet weights to the path at which Keras looks for them, unless they are there.

    Unlike Keras' own download, this one can be cancelled, reports its progress, prints nothing, and never leaves half a
    file under the final name. Keras checks the file's hash when it loads it.

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
    WeightsError
        There is no connection, no such file or no disk space; the message says what to do.
    """
    import requests

    if not backbone.weights_url:
        return None
    path = backbone.weights_path(top)
    if not path.exists():
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _save(backbone.weights_address(top), part, callback)
            os.replace(part, path)
        except (requests.RequestException, OSError) as error:
            raise WeightsError(_advice(backbone, top, path, error)) from error
        finally:
            part.unlink(missing_ok=True)
    return path


def _save(address: str, path: Path, callback: Callback | None) -> None:
    import requests

    with requests.get(address, headers={"Accept-Encoding": "identity"}, stream=True, timeout=TIMEOUT) as answer:
        answer.raise_for_status()
        n_bytes = int(answer.headers.get("Content-Length", 0))
        n_saved = 0
        with path.open("wb") as file:
            for piece in answer.iter_content(_PIECE):
                n_saved += file.write(piece)
                if callback and n_bytes:
                    callback(n_saved / n_bytes)


def _advice(backbone: Backbone, top: bool, path: Path, error: Exception) -> str:
    return (
        f"The ImageNet weights of {backbone.title} (about {backbone.megabytes} MB) could not be fetched "
        f"({_reason(error)}). Download {backbone.weights_address(top)} on a connected computer and save it as {path}, "
        "or choose SqueezeNet, whose weights are installed with this add-on."
    )


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
