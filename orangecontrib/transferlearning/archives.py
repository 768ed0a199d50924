"""Keras networks as bytes."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def pack_network(model: "keras.Model") -> bytes:
    """Give the content of the ``.keras`` file that Keras would write."""
    with TemporaryDirectory(prefix="orange-transfer-") as folder:
        path = Path(folder, "network.keras")
        model.save(path)
        return path.read_bytes()
