"""Keras networks as bytes."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

_NAME = "network.keras"


def pack_network(model: "keras.Model") -> bytes:
    """Give the content of the ``.keras`` file that Keras would write."""
    with TemporaryDirectory(prefix="orange-transfer-") as folder:
        path = Path(folder, _NAME)
        model.save(path)
        return path.read_bytes()


def unpack_network(content: bytes) -> "keras.Model":
    """Make the network of the content of a ``.keras`` file, of Keras' own layers only: no code in it is run."""
    import keras

    with TemporaryDirectory(prefix="orange-transfer-") as folder:
        path = Path(folder, _NAME)
        path.write_bytes(content)
        return keras.saving.load_model(path, compile=False, safe_mode=True)
