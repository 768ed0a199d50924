"""A fine-tuned network as one ``.keras`` file that says what it takes and what it predicts."""

import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from .archives import pack_network
from .kerasfiles import ABOUT

if TYPE_CHECKING:
    import keras


def pack_finetuned(model: "keras.Model", about: Mapping[str, Any]) -> bytes:
    """Give the content of a ``.keras`` file.

    Parameters
    ----------
    model : keras.Model
    about : mapping
        What `kerasfiles.read_about` will give: text, numbers, lists.

    Returns
    -------
    bytes
        Keras opens it as it opens its own files.
    """
    content = io.BytesIO(pack_network(model))
    with ZipFile(content, "a") as archive:
        archive.writestr(ABOUT, json.dumps(about, indent=1))
    return content.getvalue()
