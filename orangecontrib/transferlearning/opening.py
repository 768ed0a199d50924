"""Opens a network with what runs it: as kept in OpenVINO's form, or built anew."""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from .backbones import Backbone
from .cache import default_path
from .engine import Engine, UnfitError, open_engine
from .items import Callback
from .loading import ImageSize, Weights
from .networks import Network, build_network

if TYPE_CHECKING:
    from .converted import ConvertedNetworks


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
            Called with the fraction of a weights download done, 0-1; may raise `Cancelled`.

        Returns
        -------
        network : Network
            Without its Keras model.
        engine : Engine

        Raises
        ------
        SettingError, WeightsError
        """
        return self._open_kept() or self._build(callback)

    def is_kept(self) -> bool:
        """Whether the network is kept in OpenVINO's form, so that opening it does not take Keras."""
        return self._kept() is not None

    def _kept(self) -> tuple[Path, Network] | None:
        if self.engine == "tensorflow" or self.weights is None or not find_spec("openvino"):
            return None
        try:
            # Once: the key takes reading a weights file whole.
            key = self._key()
            network = kept_networks().find(key)
            return network and (kept_networks().path(key), network)
        except OSError:
            # The weights file cannot be read: loading it says so.
            return None

    def _key(self) -> str:
        from .converted import key_of

        settings = {"layer": self.layer, "pooling": self.pooling, "image_size": self.image_size}
        # What "auto" takes depends on the GPU and on Keras' backend, which to ask would take loading them: where it has
        # not taken OpenVINO before, nothing is kept under this key.
        settings |= {"engine": self.engine, "backend": os.environ.get("KERAS_BACKEND", "")}
        return key_of(self.backbone.name, self.weights, self.seed, **settings)

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

    def _build(self, callback: Callback | None) -> tuple[Network, Engine]:
        network = build_network(
            self.backbone,
            layer=self.layer,
            pooling=self.pooling,
            weights=self.weights,
            image_size=self.image_size,
            seed=self.seed,
            callback=callback,
        )
        engine = open_engine(network, self.batch_size, self.engine, self.precision, self._convert)
        return replace(network, model=None), engine

    def _convert(self, network: Network) -> AbstractContextManager[Path]:
        # Random weights are not worth keeping.
        return kept_networks().converted(None if self.weights is None else self._key(), network)


def kept_networks() -> "ConvertedNetworks":
    """The networks kept in OpenVINO's form on this computer."""
    from .converted import ConvertedNetworks

    return ConvertedNetworks(default_path().parent)
