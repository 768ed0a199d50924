"""Runs a network in a process of its own: this one never loads Keras, nor what it runs on."""

import threading
from typing import TYPE_CHECKING

import numpy as np

from .apart import Apart, ApartError
from .engine import Engine
from .errors import TransferLearningError
from .items import Callback
from .networks import Network

if TYPE_CHECKING:
    from .opening import NetworkChoice


class EngineApart:
    """A network that another process has compiled; any thread may call it, and waits for its turn.

    Parameters
    ----------
    choice : NetworkChoice
    callback : callable or None
        As for `NetworkChoice.open`.

    Attributes
    ----------
    network : Network
    title : str

    Raises
    ------
    ApartError
        There is no such process.
    SettingError, WeightsError
    """

    def __init__(self, choice: "NetworkChoice", callback: Callback | None) -> None:
        self._choice = choice
        self._turn = threading.Lock()
        self._open(callback)

    def _open(self, callback: Callback | None) -> None:
        process = Apart()
        self.network, self.title = process.run(_Opened.open, self._choice, callback=callback)
        self._process: Apart | None = process

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute features, float32 of shape (n_images, *feature_shape), of uint8 pictures; see `Engine`."""
        with self._turn:
            if self._process is None:
                self._open(None)
            try:
                return self._process.run(_Opened.compute, images)
            except (ApartError, MemoryError) as error:
                # The next call begins anew.
                self._process = None
                if isinstance(error, MemoryError):
                    raise
                raise TransferLearningError(f"The network stopped ({error}): try again.") from error


class _Opened:
    """In the other process: the engine that is open there."""

    engine: Engine

    @classmethod
    def open(cls, choice: "NetworkChoice", callback: Callback) -> tuple[Network, str]:
        network, cls.engine = choice.build(callback)
        return network, cls.engine.title

    @classmethod
    def compute(cls, images: np.ndarray, callback: Callback) -> np.ndarray:
        return cls.engine(images)
