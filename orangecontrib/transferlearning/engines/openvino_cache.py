"""A cache of networks in OpenVINO's format on disk, so that the next start needs neither Keras nor TensorFlow."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from ..atomic_files import as_sink_error
from ..backbones.loading import Weights
from ..backbones.network import Network
from ..errors import SinkError
from ..temporary_folders import temporary_folder
from .openvino_engine import NETWORK_FILE, WEIGHTS_FILE, export

MAX_MEGABYTES = 2000
"""Size of the cache above which the networks used longest ago are removed."""

_FACTS_FILE = "facts.json"

_DIGEST_FILE = "sha256"
"""File with the hash of the others: a damaged network may still run, and give other numbers."""

_UNFINISHED = ".making-"
"""Prefix of the folder of a network that is being converted."""


def network_key(backbone: str, weights: Weights, seed: int, *, versions: bool = True, **settings: object) -> str:
    """Return a hash of everything that a network depends on, without loading it.

    Parameters
    ----------
    backbone : str
    weights : {"imagenet", None} or path
        A file is hashed by its content.
    seed : int
        Seed of random weights.
    versions : bool
        Whether the versions of Keras, OpenVINO and this add-on are part of it, as they may build another network.
    **settings
        Layer, pooling, image size, preprocessing.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    if weights is None:
        source = f"seed {seed}"
    elif weights == "imagenet":
        # The name is enough: the versions of Keras and of this add-on, which are part of the key, have the hash of each
        # file.
        source = "imagenet"
    else:
        with Path(weights).expanduser().open("rb") as file:
            source = hashlib.file_digest(file, "sha256").hexdigest()
    installed = [version(name) for name in ("keras", "openvino", "Orange3-TransferLearning")] if versions else []
    settings_text = json.dumps([backbone, source, sorted(settings.items()), installed])
    return hashlib.sha256(settings_text.encode()).hexdigest()


def write_network(network: Network, folder: Path) -> None:
    """Write a network in OpenVINO's format, with the facts about it, into an empty folder.

    Raises
    ------
    UnfitError
        OpenVINO does not support a part of the network.
    """
    export(network, folder)
    write_facts(network, folder)


def write_facts(network: Network, folder: Path) -> None:
    """Write the facts about a network beside its files in OpenVINO's format, and the hash of them all."""
    with as_sink_error(folder):
        (folder / _FACTS_FILE).write_text(json.dumps(facts_of(network)), encoding="utf-8")
        (folder / _DIGEST_FILE).write_text(_digest(folder), encoding="ascii")


def _digest(folder: Path) -> str:
    digests = []
    for name in (NETWORK_FILE, WEIGHTS_FILE, _FACTS_FILE):
        with (folder / name).open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return " ".join(digests)


def read_facts(folder: Path) -> Network | None:
    """Read the facts that `write_network` wrote: a network without its Keras model.

    Return None if there is none, or a file is not as it was written.
    """
    try:
        if (folder / _DIGEST_FILE).read_text(encoding="ascii") != _digest(folder):
            return None
        return network_of(json.loads((folder / _FACTS_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def facts_of(network: Network) -> dict[str, Any]:
    """Return the facts about a network, which JSON can hold."""
    facts = asdict(replace(network, model=None))
    del facts["model"]
    return facts


def network_of(facts: Mapping[str, Any]) -> Network:
    """Return a network without its Keras model from facts that JSON has held.

    Raises
    ------
    TypeError, AttributeError
        They are not those of `facts_of`.
    """
    tuples = {name: tuple(value) for name, value in facts.items() if isinstance(value, list)}
    return Network(model=None, **facts | tuples)


class KeptNetworks:
    """A folder of networks in OpenVINO's format, each in a folder named by its key.

    Parameters
    ----------
    home : Path
        The folder of all caches; the networks' folder in it is created when the first network is kept.
    """

    name: ClassVar[str]
    """Name of the folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / self.name

    def path(self, key: str) -> Path:
        """Return the folder of a network."""
        return self.folder / key

    def find(self, key: str) -> Network | None:
        """Return a cached network without its Keras model; None if it is not in the cache."""
        network = read_facts(self.path(key))
        if network:
            # If the time of use cannot be written, the network is only removed earlier.
            with suppress(OSError):
                os.utime(self.path(key))
        return network

    def count(self) -> int:
        """Return the number of networks."""
        return len(self._network_folders())

    def megabytes(self) -> float:
        """Return the size of all networks on disk, in units of 10**6 bytes."""
        return sum(map(_megabytes, self._network_folders()))

    def clear(self) -> None:
        """Remove all networks."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _network_folders(self) -> list[Path]:
        # The names of unfinished networks begin with a dot.
        return [path for path in self.folder.glob("[!.]*") if (path / NETWORK_FILE).exists()]


class ConvertedNetworks(KeptNetworks):
    """The networks that were converted on this computer; those used longest ago are removed."""

    name = "transfer-learning-networks"

    @contextmanager
    def converted(self, key: str | None, write: Callable[[Path], object]) -> Iterator[Path]:
        """Write a network into the cache, and yield its folder.

        Parameters
        ----------
        key : str or None
            Name of the network in the cache. With None, or if the cache cannot be written, it is not kept.
        write : callable
            Called with an empty folder, into which it writes the network; if it raises, nothing is kept.
        """
        start = time.time()
        with ExitStack() as stack:
            folder = Path(stack.enter_context(self._new_folder(key)))
            try:
                write(folder)
            except SinkError:
                # The disk of the cache is full; that of temporary files may have space.
                key, folder = None, Path(stack.enter_context(self._new_folder(None)))
                write(folder)
            yield self._keep(folder, key, start)

    def _new_folder(self, key: str | None) -> TemporaryDirectory:
        if key:
            # If the cache cannot be written, the network is converted each time.
            with suppress(OSError):
                self.folder.mkdir(parents=True, exist_ok=True)
                return temporary_folder(_UNFINISHED, self.folder)
        return temporary_folder("orange-transfer-")

    def _keep(self, folder: Path, key: str | None, start: float) -> Path:
        """Move a finished network to its folder in the cache, if possible, and return the folder that it is in."""
        if key is None or folder.parent != self.folder:
            return folder
        # Another process may have converted the same network meanwhile, and be using it.
        if not self._is_newer(key, start):
            try:
                shutil.rmtree(self.path(key), ignore_errors=True)
                os.replace(folder, self.path(key))
            except OSError:
                return folder
        # Another process may be removing the same networks.
        with suppress(OSError):
            self._remove_oldest(key)
        return self.path(key)

    def _is_newer(self, key: str, start: float) -> bool:
        try:
            return (self.path(key) / NETWORK_FILE).stat().st_mtime >= start
        except OSError:
            return False

    def _remove_oldest(self, kept_key: str) -> None:
        by_age = sorted(self._network_folders(), key=lambda path: path.stat().st_mtime)
        total = self.megabytes()
        for path in by_age:
            if total > MAX_MEGABYTES and path.name != kept_key:
                total -= _megabytes(path)
                shutil.rmtree(path, ignore_errors=True)


def _megabytes(folder: Path) -> float:
    with suppress(OSError):
        return sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    # Another process has just removed it.
    return 0.0
