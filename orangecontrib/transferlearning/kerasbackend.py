"""Reads which backend Keras is set to, without loading it."""

import json
import os
from pathlib import Path

DEFAULT = "tensorflow"


def read_backend() -> str:
    """Name the backend that Keras takes in this process: "tensorflow", "jax", "torch", ...

    As Keras does: from the environment variable ``KERAS_BACKEND``, else from ``keras.json`` in ``KERAS_HOME`` or in
    ``.keras`` of the home folder.
    """
    if named := os.environ.get("KERAS_BACKEND"):
        return named
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        return str(json.loads((folder / "keras.json").read_text(encoding="utf-8"))["backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return DEFAULT
