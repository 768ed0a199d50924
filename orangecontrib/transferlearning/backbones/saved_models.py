"""Read and write the user's files: weights of a network, and whole saved models."""

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
    """Load all weights of a model from a Keras weights file.

    Raises
    ------
    ValueError, OSError, KeyError, TypeError
        It is not a weights file, belongs to another model, or lacks some weights.
    """
    # Keras leaves weights that a file lacks as they are, and only warns: mark all weights before to find these.
    marks = {True: np.float32(np.nan), False: np.int32(0)}
    model.set_weights([np.full(weight.shape, marks["float" in weight.dtype]) for weight in model.weights])
    model.load_weights(path)
    values = zip(model.weights, model.get_weights(), strict=True)
    missing = [weight.path for weight, value in values if np.isnan(value).any()]
    if missing:
        raise ValueError(f"it lacks {len(missing)} of {len(model.weights)} weights, among them {missing[0]}")


def open_saved(path: Path) -> "keras.Model":
    """Open a model saved as ``.keras`` in Keras' safe mode, which runs no code from the file.

    Raises
    ------
    WeightsError
        It is not a saved model, or does not take images of three channels.
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
    """Return in one sentence why Keras cannot open a model, as its own message has the whole configuration."""
    if "`Lambda`" in str(error):
        return "it has a Lambda layer, and code from a file is not run."
    if unknown := re.search(r"Could not locate (?:class|function) '(.+?)'", str(error)):
        return f"Keras has no {unknown[1]}; a script that defines and registers it can open the file."
    return first_line(error)


ABOUT_FILE = "orange-transfer.json"
"""File in the archive of a fine-tuned network, with its backbone, its classes and the settings for its images."""


def read_about(path: str | os.PathLike) -> dict[str, Any]:
    """Read the description that `pack_finetuned` wrote into a file; it is empty for other models and other files.

    Parameters
    ----------
    path : path
        A ``.keras`` file.

    Returns
    -------
    dict
        ``backbone``, ``image_size``, ``interpolation``, ``steps``, ``label_name``, ``classes`` (empty if it predicts
        numbers); if the command made it, ``training``: the settings of the training.
    """
    try:
        with ZipFile(Path(path).expanduser()) as archive:
            return json.loads(archive.read(ABOUT_FILE))
    except (OSError, BadZipFile, ValueError, KeyError):
        return {}


def last_layer(path: str | os.PathLike) -> str:
    """Return the name of the last layer of a saved model.

    Parameters
    ----------
    path : path
        A ``.keras`` file.

    Raises
    ------
    WeightsError
        There is no such file, it is not a saved model, or the model has several outputs.
    """
    try:
        with ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))["config"]
        # Each output is a list [name, number, number]; a single output may not be inside another list.
        outputs = config.get("output_layers") or [[config["layers"][-1]["config"]["name"]]]
        name = outputs[0] if len(outputs) == 1 else outputs
        name = name[0] if isinstance(name[0], str) else None
    except (OSError, BadZipFile, ValueError, KeyError, IndexError, TypeError) as error:
        raise WeightsError(f"{path} cannot be opened as a saved Keras model: {error}") from error
    if name is None:
        raise WeightsError(f"{path} ends in several layers: save a model with one output.")
    return name


def pack_network(model: "keras.Model") -> bytes:
    """Return the content of the ``.keras`` file that Keras would write."""
    with TemporaryDirectory(prefix="orange-transfer-") as folder:
        path = Path(folder, "network.keras")
        model.save(path)
        return path.read_bytes()


def pack_finetuned(model: "keras.Model", about: Mapping[str, Any]) -> bytes:
    """Return the content of a ``.keras`` file with a fine-tuned network and its description.

    Parameters
    ----------
    model : keras.Model
    about : mapping
        The description, which `read_about` reads back: text, numbers, lists.

    Returns
    -------
    bytes
        A file that Keras can open like its own.
    """
    content = io.BytesIO(pack_network(model))
    with ZipFile(content, "a") as archive:
        archive.writestr(ABOUT_FILE, json.dumps(about, indent=1))
    return content.getvalue()
