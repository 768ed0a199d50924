"""Networks in OpenVINO's form, kept on disk: the next start needs neither Keras nor TensorFlow."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from . import squeezenet
from .loading import Weights
from .networks import Network
from .openvino_engine import NETWORK_FILE, export

MAX_MEGABYTES = 2000
"""Those used longest ago go when all together take more."""

_FACTS_FILE = "facts.json"


def key_of(backbone: str, weights: Weights, seed: int, **settings: object) -> str:
    """Name whatever a network depends on, without loading it.

    Parameters
    ----------
    backbone : str
    weights : {"imagenet", None} or path
        Of a file, its content counts.
    seed : int
        Of random weights.
    **settings
        Layer, pooling, picture size, and who asked for OpenVINO.

    Returns
    -------
    str
        A SHA-256 in hexadecimal digits.
    """
    if weights is None:
        source = f"seed {seed}"
    elif weights == "imagenet":
        # Keras pins the content of its files by their hashes.
        source = squeezenet.WEIGHTS_SHA256 if backbone == "SqueezeNet" else "imagenet"
    else:
        with Path(weights).expanduser().open("rb") as file:
            source = hashlib.file_digest(file, "sha256").hexdigest()
    versions = [version(name) for name in ("keras", "openvino", "Orange3-TransferLearning")]
    request = json.dumps([backbone, source, sorted(settings.items()), versions])
    return hashlib.sha256(request.encode()).hexdigest()


class ConvertedNetworks:
    """A folder of networks in OpenVINO's form.

    Parameters
    ----------
    home : Path
        Where caches are; they get a folder of their own in it when the first network is kept.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "transfer-learning-networks"

    def path(self, key: str) -> Path:
        """Folder of one network."""
        return self.folder / key

    def find(self, key: str) -> Network | None:
        """Facts about a network that is kept, without its Keras model; None where it is not."""
        try:
            facts = json.loads((self.path(key) / _FACTS_FILE).read_text(encoding="utf-8"))
            os.utime(self.path(key))
            tuples = {name: tuple(value) for name, value in facts.items() if isinstance(value, list)}
            return Network(model=None, **facts | tuples)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    @contextmanager
    def converted(self, key: str | None, network: Network) -> Iterator[Path]:
        """Convert a network, and give its folder.

        Parameters
        ----------
        key : str or None
            To keep it by; None, or a folder that cannot be written, keeps nothing.
        network : Network

        Raises
        ------
        UnfitError
            OpenVINO does not know a part of it.
        """
        try:
            kept = key and self.keep(key, network)
        except OSError:
            kept = None
        if kept:
            yield kept
            return
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            export(network, Path(folder))
            yield Path(folder)

    def keep(self, key: str, network: Network) -> Path:
        """Convert a network, and keep it.

        Returns
        -------
        Path
            Its folder.

        Raises
        ------
        UnfitError
            OpenVINO does not know a part of it.
        OSError
            The folder cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        making = Path(mkdtemp(dir=self.folder, prefix=".making-"))
        try:
            export(network, making)
            facts = asdict(replace(network, model=None))
            del facts["model"]
            (making / _FACTS_FILE).write_text(json.dumps(facts), encoding="utf-8")
            shutil.rmtree(self.path(key), ignore_errors=True)
            os.replace(making, self.path(key))
        finally:
            shutil.rmtree(making, ignore_errors=True)
        self._forget_oldest(key)
        return self.path(key)

    def count(self) -> int:
        """How many there are."""
        return len(self._kept())

    def megabytes(self) -> float:
        """Size on disk of all of them."""
        return sum(map(_megabytes, self._kept()))

    def clear(self) -> None:
        """Forget all of them."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _kept(self) -> list[Path]:
        return [path for path in self.folder.glob("*") if (path / NETWORK_FILE).exists()]

    def _forget_oldest(self, but: str) -> None:
        kept = sorted(self._kept(), key=lambda path: path.stat().st_mtime)
        total = self.megabytes()
        for path in kept:
            if total > MAX_MEGABYTES and path.name != but:
                total -= _megabytes(path)
                shutil.rmtree(path, ignore_errors=True)


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6
