"""Networks in OpenVINO's form, kept on disk: the next start needs neither Keras nor TensorFlow."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from ..backbones import squeezenet
from ..backbones.loading import Weights
from ..backbones.network import Network
from .openvino_engine import NETWORK_FILE, export

MAX_MEGABYTES = 2000
"""Those used longest ago go when all together take more."""

_FACTS_FILE = "facts.json"

_MAKING = ".making-"
_DAY = 24 * 60 * 60
"""Seconds after which nobody is making a network any more."""


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
        Layer, pooling, image size.

    Returns
    -------
    str
        A SHA-256 in hexadecimal digits.
    """
    if weights is None:
        source = f"seed {seed}"
    elif weights == "imagenet":
        # One name says it: Keras checks each file it downloads against a hash that its version, part of the key, pins.
        source = squeezenet.WEIGHTS_SHA256 if backbone == "SqueezeNet" else "imagenet"
    else:
        with Path(weights).expanduser().open("rb") as file:
            source = hashlib.file_digest(file, "sha256").hexdigest()
    versions = [version(name) for name in ("keras", "openvino", "Orange3-TransferLearning")]
    request = json.dumps([backbone, source, sorted(settings.items()), versions])
    return hashlib.sha256(request.encode()).hexdigest()


def write_network(network: Network, folder: Path) -> None:
    """Write a network in OpenVINO's form, with the facts about it, into an empty folder.

    Raises
    ------
    UnfitError
        OpenVINO does not know a part of it.
    """
    export(network, folder)
    facts = asdict(replace(network, model=None))
    del facts["model"]
    (folder / _FACTS_FILE).write_text(json.dumps(facts), encoding="utf-8")


def read_facts(folder: Path) -> Network | None:
    """Read the facts that `write_network` wrote, a network without its Keras model; None where there are none."""
    try:
        facts = json.loads((folder / _FACTS_FILE).read_text(encoding="utf-8"))
        tuples = {name: tuple(value) for name, value in facts.items() if isinstance(value, list)}
        return Network(model=None, **facts | tuples)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


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
        network = read_facts(self.path(key))
        if network:
            # Where it cannot be noted that it was used, it only seems to be older.
            with suppress(OSError):
                os.utime(self.path(key))
        return network

    @contextmanager
    def converted(self, key: str | None, write: Callable[[Path], object]) -> Iterator[Path]:
        """Have a network written, and give its folder.

        Parameters
        ----------
        key : str or None
            To keep it by, unless nothing can be written there; None keeps nothing.
        write : callable
            Given an empty folder, does as `write_network`. What it raises is raised, and nothing kept.
        """
        start = time.time()
        with self._new_folder(key) as name:
            write(Path(name))
            yield self._keep(Path(name), key, start)

    def _new_folder(self, key: str | None) -> TemporaryDirectory:
        if key:
            # Where caches cannot be written, a network is converted anew each time.
            with suppress(OSError):
                self.folder.mkdir(parents=True, exist_ok=True)
                return TemporaryDirectory(dir=self.folder, prefix=_MAKING, ignore_cleanup_errors=True)
        return TemporaryDirectory(ignore_cleanup_errors=True)

    def _keep(self, made: Path, key: str | None, start: float) -> Path:
        """Move a folder from where it was made to where it is found, if it can be; gives where it is now."""
        if key is None or made.parent != self.folder:
            return made
        # What another process has made meanwhile is the same, and may be in use.
        if not self._is_since(key, start):
            try:
                shutil.rmtree(self.path(key), ignore_errors=True)
                os.replace(made, self.path(key))
            except OSError:
                return made
        # Another process may forget the same ones.
        with suppress(OSError):
            self._forget_oldest(key)
            self._forget_unfinished()
        return self.path(key)

    def _is_since(self, key: str, start: float) -> bool:
        try:
            return (self.path(key) / NETWORK_FILE).stat().st_mtime >= start
        except OSError:
            return False

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
        # Names with a dot are of networks that are being made.
        return [path for path in self.folder.glob("[!.]*") if (path / NETWORK_FILE).exists()]

    def _forget_oldest(self, but: str) -> None:
        kept = sorted(self._kept(), key=lambda path: path.stat().st_mtime)
        total = self.megabytes()
        for path in kept:
            if total > MAX_MEGABYTES and path.name != but:
                total -= _megabytes(path)
                shutil.rmtree(path, ignore_errors=True)

    def _forget_unfinished(self) -> None:
        """Remove what processes that were killed have left."""
        for path in self.folder.glob(f"{_MAKING}*"):
            if path.stat().st_mtime < time.time() - _DAY:
                shutil.rmtree(path, ignore_errors=True)


def _megabytes(folder: Path) -> float:
    with suppress(OSError):
        return sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    # Another process has just forgotten it.
    return 0.0
