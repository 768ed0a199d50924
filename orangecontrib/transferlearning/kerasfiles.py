"""What a saved ``.keras`` model says of itself, read without Keras."""

import json
import os
from typing import Any
from zipfile import BadZipFile, ZipFile

from .errors import WeightsError

ABOUT = "orange-transfer.json"
"""In the archive of a network that was fine-tuned here: its backbone, how pictures are read, and its classes."""


def read_about(path: str | os.PathLike) -> dict[str, Any]:
    """Read what a fine-tuned network says of itself; empty where it is another model, or none.

    Parameters
    ----------
    path : path
        Of a ``.keras`` file.

    Returns
    -------
    dict
        ``backbone``, ``image_size``, ``interpolation``, ``steps``, ``label_name``, ``classes`` (empty where it predicts
        numbers); where the command made it, ``training``: what decided what it became.
    """
    try:
        with ZipFile(path) as archive:
            return json.loads(archive.read(ABOUT))
    except (OSError, BadZipFile, ValueError, KeyError):
        return {}


def last_layer(path: str | os.PathLike) -> str:
    """Name the layer that a saved model ends in.

    Parameters
    ----------
    path : path
        Of a ``.keras`` file.

    Raises
    ------
    WeightsError
        There is no such file, it is no saved model, or one that ends in several layers.
    """
    try:
        with ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))["config"]
        # A model with several ends lists [name, number, number] of each; a single end may stand there alone.
        ends = config.get("output_layers") or [[config["layers"][-1]["config"]["name"]]]
        name = ends[0] if len(ends) == 1 else ends
        name = name[0] if isinstance(name[0], str) else None
    except (OSError, BadZipFile, ValueError, KeyError, IndexError, TypeError) as error:
        raise WeightsError(f"{path} cannot be opened as a saved Keras model: {error}") from error
    if name is None:
        raise WeightsError(f"{path} ends in several layers: save a model with one output.")
    return name
