"""Files of the user's own: weights for a network, and whole saved models."""

import io
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile, is_zipfile

import numpy as np

from ..errors import WeightsError, first_line

if TYPE_CHECKING:
    import keras


def load_all_weights(model: "keras.Model", path: Path) -> None:
    """Fill a model from a Keras weights file.

    Raises
    ------
    ValueError, OSError, KeyError, TypeError
        The file is not one, belongs to another model, or lacks some weights.
    """
    # Keras only warns of some weights that a file lacks, and leaves them random: mark them to find out.
    blanks = {True: np.float32(np.nan), False: np.int32(0)}
    model.set_weights([np.full(weight.shape, blanks["float" in weight.dtype]) for weight in model.weights])
    model.load_weights(path)
    values = zip(model.weights, model.get_weights(), strict=True)
    missing = [weight.path for weight, value in values if np.isnan(value).any()]
    if missing:
        raise ValueError(f"it lacks {len(missing)} of {len(model.weights)} weights, among them {missing[0]}")


def open_saved(path: Path) -> "keras.Model":
    """Open a model saved as ``.keras`` in Keras' safe mode: no code in it is run.

    Raises
    ------
    WeightsError
        It is none, or does not read images of three channels.
    """
    import keras

    if not is_zipfile(path):
        raise WeightsError(f"{path} cannot be opened as a saved Keras model: it is damaged, or another kind of file.")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
        shapes = [tuple(tensor.shape) for tensor in model.inputs]
    except (ValueError, OSError, KeyError, TypeError, ImportError, AttributeError) as error:
        raise WeightsError(f"{path} cannot be opened as a saved Keras model: {_reason(error)}") from error
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][-1] != 3:
        raise WeightsError(
            f"{path} does not read images: its inputs have the shapes {shapes}, not (None, height, width, 3)."
        )
    return model


def _reason(error: BaseException) -> str:
    """Say in a sentence why Keras cannot open a model, where it shows the whole configuration and what to call."""
    if "`Lambda`" in str(error):
        return "it has a Lambda layer, and code from a file is not run."
    if unknown := re.search(r"Could not locate (?:class|function) '(.+?)'", str(error)):
        return f"Keras has no {unknown[1]}; a script that defines and registers it can open the file."
    return first_line(error)


ABOUT = "orange-transfer.json"
"""In the archive of a network that was fine-tuned here: its backbone, how images are read, and its classes."""


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


def pack_network(model: "keras.Model") -> bytes:
    """Give the content of the ``.keras`` file that Keras would write."""
    with TemporaryDirectory(prefix="orange-transfer-") as folder:
        path = Path(folder, "network.keras")
        model.save(path)
        return path.read_bytes()


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
