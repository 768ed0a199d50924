"""Check and load the libraries that run networks: Keras with the backend that it is set to, and OpenVINO.

`check_backend` and `check_installed` read the settings of Keras without loading it. `load_keras`, `check_keras`,
`check_eager` and `check_training` load Keras and check it in this process. `import_openvino` imports OpenVINO without
its telemetry.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import SettingError, TransferLearningError
from .address_space import LEAST_FOR_KERAS, check_address_space

DEFAULT_BACKEND = "tensorflow"
"""The backend that Keras takes if none is set."""

BACKENDS = ("tensorflow", "jax", "torch", "openvino")
"""Backends of Keras that networks can run on; each has the name of the package that it needs."""

_REQUIRED_SETTINGS = {
    "floatx": "float32",
    "image_data_format": "channels_last",
}
"""Values in keras.json that features depend on; a missing one has this value."""


def check_backend() -> str:
    """Check the backend that Keras is set to, and return it.

    Keras takes it from the environment variable ``KERAS_BACKEND``, else from ``keras.json`` in ``KERAS_HOME`` or in
    ``.keras`` of the home folder. Keras is not loaded.

    Returns
    -------
    str
        One of `BACKENDS`. It is installed, unless it is TensorFlow, the default; `check_installed` checks that.

    Raises
    ------
    SettingError
        The backend is unknown or not installed, or ``keras.json`` cannot be read or would change the features.
    """
    path = _settings_path()
    settings = _read_settings(path)
    for name, needed in _REQUIRED_SETTINGS.items():
        if settings.get(name, needed) != needed:
            raise SettingError(
                f"{path} sets {name} to {settings[name]!r}, which would change the features: set it to {needed!r}."
            )
    if not isinstance(settings.get("epsilon", 1e-7), float):
        raise SettingError(
            f"{path} sets epsilon to {settings['epsilon']!r}, not to a number such as 1e-07: correct it."
        )
    # Keras ignores an empty variable, too.
    if backend := os.environ.get("KERAS_BACKEND"):
        return _check_choice(backend, "The environment variable KERAS_BACKEND", "unset it")
    return _check_choice(settings.get("backend", DEFAULT_BACKEND), f"The backend in {path}", "leave it out")


def check_installed(backend: str) -> None:
    """Check that a backend of Keras is installed.

    Raises
    ------
    SettingError
        It is not; the message says what to do.
    """
    if not find_spec(backend) and backend == DEFAULT_BACKEND:
        raise SettingError(
            "This needs TensorFlow, which is not installed: `pip install tensorflow`, with a Python and on a system "
            "that it has wheels for (tensorflow.org/install), or `pip install jax` and set KERAS_BACKEND=jax. "
            "Embedding, train, classify and predict work without it."
        )
    if not find_spec(backend):
        raise SettingError(f"Keras is set to run on {backend}, which is not installed: `pip install {backend}`.")


def _check_choice(backend: object, setting: str, remedy: str) -> str:
    if backend not in BACKENDS:
        raise SettingError(
            f"{setting} is {backend!r}, not one of {', '.join(BACKENDS)}: name one of these, or {remedy}."
        )
    if backend != DEFAULT_BACKEND and not find_spec(backend):
        raise SettingError(f"{setting} is {backend!r}, which is not installed: `pip install {backend}`, or {remedy}.")
    return backend


def _settings_path() -> Path:
    """Return the path of the file that Keras reads its settings from."""
    home = os.path.expanduser("~")
    fallback = "/tmp"  # noqa: S108 - Keras itself reads them there
    folder = os.environ.get("KERAS_HOME", os.path.join(home if os.access(home, os.W_OK) else fallback, ".keras"))
    return Path(os.path.expanduser(os.path.join(folder, "keras.json")))


def _read_settings(path: Path) -> dict[str, Any]:
    # Keras ignores a file that it cannot read, and then takes another backend than the user meant.
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise SettingError(
            f"The settings of Keras cannot be read from {path} ({error}): correct or delete it."
        ) from error
    if not isinstance(settings, dict):
        raise SettingError(f"The settings of Keras in {path} are not a JSON object: correct or delete it.")
    return settings


def is_keras_loaded() -> bool:
    """Return whether Keras is loaded in this process, so that no worker process has to load it."""
    return "keras" in sys.modules


def load_keras() -> str:
    """Load Keras with the backend that it is set to, unless it is loaded already.

    Returns
    -------
    str
        The backend's name.

    Raises
    ------
    SettingError
        The backend is unknown or not installed.
    TransferLearningError
        The backend is installed, but cannot be loaded.
    MemoryError
        There is not enough memory for it.
    """
    backend = check_backend()
    check_installed(backend)
    if not is_keras_loaded():
        check_address_space(LEAST_FOR_KERAS)
    try:
        import keras
    except Exception as error:  # a broken installation can raise anything
        if _is_lack_of_memory(error):
            raise MemoryError(f"There is not enough memory to load Keras with {backend}.") from error
        raise TransferLearningError(
            f"Keras cannot be loaded with {backend} ({_first_cause(error)}): reinstall both, "
            f"`pip install --force-reinstall keras {backend}`."
        ) from error
    return keras.backend.backend()


def _is_lack_of_memory(error: BaseException) -> bool:
    cause = _first_error(error)
    # The system's loader of libraries tells it only in words.
    return isinstance(cause, MemoryError) or any(
        words in str(cause) for words in ("Cannot allocate memory", "failed to map segment", "paging file is too small")
    )


def _first_error(error: BaseException) -> BaseException:
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error


def _first_cause(error: BaseException) -> str:
    """Return the first cause of an error in one line, as its own message may be a traceback of many lines."""
    error = _first_error(error)
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def check_keras() -> None:
    """Check that no setting of Keras in this process would change the features.

    Raises
    ------
    SettingError, TransferLearningError
        A setting would, or Keras cannot be loaded.
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
    """Check that TensorFlow's eager mode is on, which Keras needs.

    Raises
    ------
    SettingError, TransferLearningError
        It is off, or Keras cannot be loaded.
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
    """Check that Keras can be loaded and can train in this process.

    Raises
    ------
    SettingError, TransferLearningError
    """
    if check_backend() == "openvino":
        check_installed(DEFAULT_BACKEND)
        raise SettingError(
            "Keras is set to run on openvino, which cannot train: set KERAS_BACKEND, or the backend in keras.json, to "
            "tensorflow."
        )
    check_keras()
    check_eager()


def import_openvino() -> None:
    """Import OpenVINO without its telemetry, which reports to its makers and writes files into the home folder."""
    if "openvino" in sys.modules:
        return
    with hidden_package("openvino_telemetry"):
        import openvino  # noqa: F401


@contextmanager
def hidden_package(name: str) -> Iterator[None]:
    """Let other packages find, for a while, that one is not installed."""
    package, finder = sys.modules.pop(name, None), _HidingFinder(name)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        if package:
            sys.modules[name] = package


class _HidingFinder(MetaPathFinder):
    """Finds no package of one name; `None` in `sys.modules` would tell Keras that the package is there."""

    def __init__(self, name: str):
        self._name = name

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == self._name:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
