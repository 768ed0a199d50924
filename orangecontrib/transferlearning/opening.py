"""Opens a network with what runs it: as kept in OpenVINO's form, or built anew."""

import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from .apart import ApartError, run_apart
from .backbones import Backbone
from .cache import default_path
from .engine import Engine, UnfitError, open_engine, takes_openvino
from .errors import TransferLearningError
from .items import Callback
from .kerasbackend import DEFAULT, read_backend
from .loading import ImageSize, Weights, find_weights_file
from .networks import Network, build_network
from .turns import take_turn
from .waiting import has_window

if TYPE_CHECKING:
    from .converted import ConvertedNetworks

# One process at a time: each takes about 1 GB of memory, and all cores.
_making = threading.Lock()

# Engines for which another process was of no use: to ask it takes as long as to load Keras.
_refused: set[str] = set()


@dataclass(frozen=True)
class NetworkChoice:
    """What decides which network is opened, and what runs it.

    Attributes
    ----------
    backbone : Backbone
    layer, pooling, weights, image_size, seed
        As for `networks.build_network`.
    engine, precision, batch_size
        As for `engine.open_engine`.
    """

    backbone: Backbone
    layer: str | None
    pooling: str
    weights: Weights
    image_size: ImageSize
    seed: int
    engine: str
    precision: str
    batch_size: int

    def open(self, callback: Callback | None = None) -> tuple[Network, Engine]:
        """Open the network.

        Parameters
        ----------
        callback : callable, optional
            Called with the fraction of a weights download done, 0-1, and while another process makes the network; may
            raise `Cancelled`.

        Returns
        -------
        network : Network
            Without its Keras model.
        engine : Engine

        Raises
        ------
        SettingError, WeightsError
        TransferLearningError
            There is not enough memory to convert the network.
        """
        find_weights_file(self.weights)
        opened = self._open_kept() or self._open_made_apart(callback)
        return opened or self._open_run_apart(callback) or self.build(callback)

    def needs_keras(self) -> bool:
        """Whether opening it takes Keras in this process."""
        return self._kept() is None and not self._can_be_made_apart()

    def _can_be_made_apart(self) -> bool:
        # A backend that TensorFlow has nothing to do with has OpenVINO left aside; where Keras is loaded already,
        # nothing is won, and a saved model may have layers that are known in this process only.
        wanted = self.engine == "openvino" or (self.engine == "auto" and read_backend() == DEFAULT)
        return wanted and self.engine not in _refused and bool(find_spec("openvino")) and not has_keras()

    def _kept(self) -> tuple[Path, Network] | None:
        if self.engine == "tensorflow" or self._key is None or not find_spec("openvino"):
            return None
        network = kept_networks().find(self._key)
        return network and (kept_networks().path(self._key), network)

    @cached_property
    def _key(self) -> str | None:
        """What it is kept by; None for what is not worth it (random weights), or cannot be read."""
        from .converted import key_of

        if self.weights is None:
            return None
        settings = {"layer": self.layer, "pooling": self.pooling, "image_size": self.image_size}
        # What "auto" takes depends on the GPU and on Keras' backend, which to ask would take loading them: where it has
        # not taken OpenVINO before, nothing is kept under this key.
        settings |= {"engine": self.engine, "backend": read_backend()}
        try:
            return key_of(self.backbone.name, self.weights, self.seed, **settings)
        except OSError:
            # Loading it says why.
            return None

    def _open_kept(self) -> tuple[Network, Engine] | None:
        kept = self._kept()
        if kept is None:
            return None
        from .openvino_engine import OpenVinoEngine

        try:
            folder, network = kept
            return network, OpenVinoEngine(folder, self.batch_size, self.precision)
        except UnfitError:
            # What was kept is damaged: it is made anew.
            return None

    def _open_made_apart(self, callback: Callback | None) -> tuple[Network, Engine] | None:
        """Have another process make it, so that this one loads neither Keras nor TensorFlow; None where it cannot."""
        if not self._can_be_made_apart():
            return None
        with take_turn(_making, callback):
            # Whoever was before may have made this very one.
            return self._open_kept() or self._make_apart(callback)

    def _make_apart(self, callback: Callback | None) -> tuple[Network, Engine] | None:
        from .converted import read_facts
        from .openvino_engine import OpenVinoEngine

        def write(folder: Path) -> None:
            run_apart(NetworkChoice.make, self, folder, callback=callback)

        try:
            with self._written(write) as folder:
                return read_facts(folder), OpenVinoEngine(folder, self.batch_size, self.precision)
        except UnfitError:
            if self.engine == "openvino":
                raise
            return replace(self, engine="tensorflow").open(callback)
        except MemoryError as error:
            raise TransferLearningError(
                f"There is not enough memory to prepare {self.backbone.title}: close other programs, or choose a "
                "smaller network."
            ) from error
        except ApartError:
            _refused.add(self.engine)
            return None

    def _open_run_apart(self, callback: Callback | None) -> tuple[Network, Engine] | None:
        """Where a window is to answer meanwhile, have another process run it too; None elsewhere."""
        if not has_window() or has_keras():
            return None
        from .engine_apart import EngineApart

        try:
            engine = EngineApart(self, callback)
        except ApartError:
            return None
        return engine.network, engine

    def make(self, folder: Path, callback: Callback | None) -> None:
        """Make the network and write it in OpenVINO's form.

        Parameters
        ----------
        folder : Path
            An empty one.
        callback : callable or None
            Called with the fraction of a weights download done, 0-1.

        Raises
        ------
        ApartError
            OpenVINO is not what should run it.
        SettingError, WeightsError
        """
        from .converted import write_network

        if not takes_openvino(self.engine):
            raise ApartError("the network is to be run otherwise")
        write_network(self._network(callback), folder)

    def _network(self, callback: Callback | None) -> Network:
        return build_network(
            self.backbone,
            layer=self.layer,
            pooling=self.pooling,
            weights=self.weights,
            image_size=self.image_size,
            seed=self.seed,
            callback=callback,
        )

    def build(self, callback: Callback | None) -> tuple[Network, Engine]:
        """Build the network and compile it in this process; see `open`."""
        network = self._network(callback)
        engine = open_engine(network, self.batch_size, self.engine, self.precision, self._convert)
        return replace(network, model=None), engine

    def _convert(self, network: Network) -> AbstractContextManager[Path]:
        from .converted import write_network

        return self._written(lambda folder: write_network(network, folder))

    def _written(self, write: Callable[[Path], object]) -> AbstractContextManager[Path]:
        return kept_networks().converted(self._key, write)


def has_keras() -> bool:
    """Whether Keras is loaded: then nothing is won by another process that loads it."""
    return "keras" in sys.modules


def kept_networks() -> "ConvertedNetworks":
    """The networks kept in OpenVINO's form on this computer."""
    from .converted import ConvertedNetworks

    return ConvertedNetworks(default_path().parent)
