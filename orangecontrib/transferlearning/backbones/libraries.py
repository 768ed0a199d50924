"""Reads which backend Keras is set to, and checks it, without loading Keras."""

import json
import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import SettingError, TransferLearningError

DEFAULT = "tensorflow"

BACKENDS = ("tensorflow", "jax", "torch", "openvino")
"""Those of Keras that networks run on here; each is called as the package that it takes."""

_SETTINGS = {
    "floatx": "float32",
    "image_data_format": "channels_last",
}
"""What features need of keras.json, where it says it."""


def check_backend() -> str:
    """Return the backend that Keras is set to, once that choice is checked.

    Keras takes it from the environment variable ``KERAS_BACKEND``, else from ``keras.json`` in ``KERAS_HOME`` or in
    ``.keras`` of the home folder. Keras is not loaded.

    Returns
    -------
    str
        One of `BACKENDS`. It is installed, unless it is TensorFlow, which is what Keras takes where nobody chose, and
        which `check_installed` asks for.

    Raises
    ------
    SettingError
        No such backend, or it is not installed, or ``keras.json`` cannot be read or would change the features.
    """
    path = _settings_path()
    settings = _read_settings(path)
    for name, needed in _SETTINGS.items():
        if settings.get(name, needed) != needed:
            raise SettingError(
                f"{path} sets {name} to {settings[name]!r}, which would change the features: set it to {needed!r}."
            )
    if not isinstance(settings.get("epsilon", 1e-7), float):
        raise SettingError(f"{path} sets epsilon to {settings['epsilon']!r}, not to a number such as 1e-07: mend it.")
    # As for Keras, an empty variable is none.
    if named := os.environ.get("KERAS_BACKEND"):
        return _check_choice(named, "The environment variable KERAS_BACKEND", "unset it")
    return _check_choice(settings.get("backend", DEFAULT), f"The backend in {path}", "leave it out")


def check_installed(backend: str) -> None:
    """Refuse a backend that Keras cannot take as it is not installed.

    Raises
    ------
    SettingError
        The message says what to do.
    """
    if not find_spec(backend) and backend == DEFAULT:
        raise SettingError(
            "This needs TensorFlow, which is not installed: `pip install tensorflow`, with a Python and on a system "
            "that it has wheels for (tensorflow.org/install), or `pip install jax` and set KERAS_BACKEND=jax. "
            "Embedding, train, classify and predict work without."
        )
    if not find_spec(backend):
        raise SettingError(f"Keras is set to run on {backend}, which is not installed: `pip install {backend}`.")


def _check_choice(named: object, where: str, way_out: str) -> str:
    if named not in BACKENDS:
        raise SettingError(f"{where} is {named!r}, not one of {', '.join(BACKENDS)}: name one of these, or {way_out}.")
    if named != DEFAULT and not find_spec(named):
        raise SettingError(f"{where} is {named!r}, which is not installed: `pip install {named}`, or {way_out}.")
    return named


def _settings_path() -> Path:
    """Name the file that Keras reads its settings from."""
    home = os.path.expanduser("~")
    folder = os.environ.get("KERAS_HOME", os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras"))
    return Path(os.path.expanduser(os.path.join(folder, "keras.json")))


def _read_settings(path: Path) -> dict[str, Any]:
    # Keras passes over what it cannot read, and takes another backend than whoever wrote it meant.
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise SettingError(f"The settings of Keras cannot be read from {path} ({error}): mend or delete it.") from error
    if not isinstance(settings, dict):
        raise SettingError(f"The settings of Keras in {path} are not names with values: mend or delete it.")
    return settings


def load_keras() -> str:
    """Load Keras with the backend that it is set to, unless it is there.

    Returns
    -------
    str
        The backend's name.

    Raises
    ------
    SettingError
        No such backend, or it is not installed.
    TransferLearningError
        It is installed, and cannot be loaded.
    """
    backend = check_backend()
    check_installed(backend)
    try:
        import keras
    except Exception as error:  # whatever an installation can be broken by: a library, another version, an attribute
        raise TransferLearningError(
            f"Keras cannot be loaded with {backend} ({_first_cause(error)}): install both anew, "
            f"`pip install --force-reinstall keras {backend}`."
        ) from error
    return keras.backend.backend()


def check_keras() -> None:
    """Refuse settings of Keras in this process that would change features.

    Raises
    ------
    SettingError, TransferLearningError
        Also where Keras cannot be loaded.
    """
    load_keras()
    import keras

    found = {
        "image_data_format": (keras.config.image_data_format(), "channels_last"),
        "floatx": (keras.config.floatx(), "float32"),
        "dtype_policy": (keras.config.dtype_policy().name, "float32"),
    }
    for name, (value, needed) in found.items():
        if value != needed:
            raise SettingError(
                f"Keras is set to {name} {value!r} in this process (keras.json, or another part of it), which would "
                f"change the features: set it to {needed!r}."
            )


def check_eager() -> None:
    """Refuse to work where TensorFlow's eager mode is off, which Keras needs.

    Raises
    ------
    SettingError, TransferLearningError
        Also where Keras cannot be loaded.
    """
    if load_keras() != "tensorflow":
        return
    import tensorflow as tf

    if not tf.executing_eagerly():
        raise TransferLearningError(
            "Another add-on has switched TensorFlow's eager mode off in this process, and Keras cannot work without "
            "it: restart Orange, and run this before that add-on's widget."
        )


def check_training() -> None:
    """Refuse to train where Keras cannot be loaded, or cannot train as it is set in this process.

    Raises
    ------
    SettingError, TransferLearningError
    """
    if check_backend() == "openvino":
        check_installed(DEFAULT)
        raise SettingError(
            "Keras is set to run on openvino, which cannot train: set KERAS_BACKEND, or the backend in keras.json, to "
            "tensorflow."
        )
    check_keras()
    check_eager()


def _first_cause(error: BaseException) -> str:
    """Say what led to an error, whose own message may be a traceback of many lines."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def import_openvino() -> None:
    """Import OpenVINO unless it is there.

    It tells its makers over the network that it was imported, from a process that is a copy of this one, unless its
    one object for that has been made before, and has no consent.
    """
    if "openvino" in sys.modules:
        return
    with suppress(ImportError):
        from openvino_telemetry import Telemetry

        # It is made anew for another name than this.
        reporter = Telemetry("OpenVINO", "", "none", backend="ga4", enable_opt_in_dialog=False, disable_in_ci=True)
        reporter.consent = False
    import openvino  # noqa: F401
