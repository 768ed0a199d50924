"""Read and write whole saved models, the user's and fine-tuned ones."""

import io
import json
import os
import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from ..errors import WeightsError
from ..temporary_folders import temporary_folder
from .weights_file import known_misfit

if TYPE_CHECKING:
    import keras


def open_saved(path: Path) -> "keras.Model":
    """Open a model saved as ``.keras`` in Keras' safe mode, which runs no code from the file.

    Raises
    ------
    WeightsError
        It is not a saved model, or does not take images of three channels.
    """
    import keras

    check_archive(path)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
        shapes = [tuple(tensor.shape) for tensor in model.inputs]
    except Exception as error:  # a damaged file can raise anything
        raise WeightsError(f"{path} cannot be opened as a saved Keras model: {_reason(error)}") from error
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][-1] != 3:
        raise WeightsError(
            f"{path} does not read images: its inputs have the shapes {shapes}, not (None, height, width, 3)."
        )
    return model


def check_archive(path: str | os.PathLike) -> None:
    """Check that a file is an archive with the parts of a saved model, and none that is much larger than the file.

    Raises
    ------
    WeightsError
    """
    if not os.path.isfile(path):
        raise WeightsError(f"There is no file {path}.")
    try:
        with ZipFile(path) as archive:
            members = {each.filename: each.file_size for each in archive.infolist()}
    except (*_ZIP_ERRORS, OSError) as error:
        raise WeightsError(
            f"{path} cannot be opened as a saved Keras model: it is damaged, or another kind of file."
        ) from error
    missing = [name for name in _PARTS if name not in members]
    if missing:
        raise WeightsError(f"{path} cannot be opened as a saved Keras model: {missing[0]} is missing in it.")
    # Keras does not compress: what unpacks to much more was made to fill the memory.
    if sum(members.values()) > _MOST_UNPACKED * os.path.getsize(path):
        raise WeightsError(f"{path} cannot be opened as a saved Keras model: it would unpack to many times its size.")


_PARTS = ("metadata.json", "config.json", "model.weights.h5")

_MOST_UNPACKED = 100
"""Limit of a file's size unpacked, relative to the file."""

_ZIP_ERRORS = (BadZipFile, ValueError, LookupError, struct.error, zlib.error, RuntimeError, EOFError)
"""Errors of `zipfile` on a damaged archive; `RuntimeError` on one that seems encrypted, or compressed otherwise."""


def _reason(error: BaseException) -> str:
    """Return in one sentence why Keras cannot open a model, as its own message has the whole configuration."""
    if "`Lambda`" in str(error):
        return "it has a Lambda layer, and code from a file is not run."
    if unknown := re.search(r"Could not locate (?:class|function) '(.+?)'", str(error)):
        return f"Keras has no {unknown[1]}; a script that defines and registers it can open the file."
    return f"{known_misfit(error) or 'its parts do not fit together: it is damaged, or of another version of Keras'}."


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
        ``backbone``, ``image_size``, ``preprocessing``, ``interpolation``, ``steps``, ``label_name``, ``classes``
        (empty if it predicts numbers); if the command made it, ``training``: the settings of the training.

    Raises
    ------
    WeightsError
        The description is damaged.
    """
    path = Path(path).expanduser()
    try:
        with ZipFile(path) as archive:
            text = archive.read(ABOUT_FILE) if ABOUT_FILE in archive.namelist() else None
    except (*_ZIP_ERRORS, OSError):
        return {}
    if text is None:
        return {}
    try:
        about = json.loads(text)
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict) or not all(_fits(about.get(name), kind) for name, kind in _ABOUT.items()):
        raise WeightsError(f"{path} does not say completely what it reads and predicts: it is damaged; train it again.")
    return about


_ABOUT = {
    "backbone": str,
    "image_size": (int, int),
    "preprocessing": str,
    "interpolation": str,
    "steps": [str],
    "label_name": str,
    "classes": [str],
}
"""Types of the values of a description: one type, a list of as many, or a list of any number."""


def _fits(value: object, kind: type | tuple | list) -> bool:
    if isinstance(kind, type):
        return isinstance(value, kind)
    if not isinstance(value, list):
        return False
    if isinstance(kind, tuple):
        return len(value) == len(kind) and all(map(isinstance, value, kind))
    return all(isinstance(each, kind[0]) for each in value)


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
    check_archive(path)
    try:
        with ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))["config"]
        # Each output is a list [name, number, number]; a single output may not be inside another list.
        outputs = config.get("output_layers") or [[config["layers"][-1]["config"]["name"]]]
        name = outputs[0] if len(outputs) == 1 else outputs
        name = name[0] if isinstance(name[0], str) else None
    except (*_ZIP_ERRORS, OSError, TypeError, AttributeError, RecursionError) as error:
        raise WeightsError(f"{path} cannot be opened as a saved Keras model: {_reason(error)}") from error
    if name is None:
        raise WeightsError(f"{path} ends in several layers: save a model with one output.")
    return name


def pack_network(model: "keras.Model") -> bytes:
    """Return the content of the ``.keras`` file that Keras would write."""
    with temporary_folder("orange-transfer-") as folder:
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
