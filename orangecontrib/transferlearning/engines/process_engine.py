"""Runs a network in a process of its own: this one never loads Keras, nor what it runs on."""

import threading
from collections.abc import Callable, Mapping

import numpy as np

from ..backbones.network import Network
from ..errors import TransferLearningError
from ..records import Callback
from .engine import Engine
from .worker_process import WorkerError, WorkerProcess

Compile = Callable[[Callback | None], tuple[Network, Engine]]
"""Builds a network and compiles it, told a callback for the fraction of a download done; as it can be pickled."""


class ProcessEngine:
    """A network that another process has compiled; any thread may call it, and waits for its turn.

    Parameters
    ----------
    compile : callable
    environment : mapping of str to str
        As for `WorkerProcess`.
    callback : callable or None
        Called with the fraction of a weights download done, 0-1; may raise `Cancelled`.

    Attributes
    ----------
    network : Network
    title : str

    Raises
    ------
    WorkerError
        There is no such process.
    SettingError, WeightsError
    """

    def __init__(self, compile: Compile, environment: Mapping[str, str], callback: Callback | None) -> None:
        self._compile = compile
        self._environment = environment
        self._turn = threading.Lock()
        self._open(callback)

    def _open(self, callback: Callback | None) -> None:
        process = WorkerProcess(self._environment)
        self.network, self.title = process.run(_Opened.open, self._compile, callback=callback)
        self._process: WorkerProcess | None = process

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute features, float32 of shape (n_images, *feature_shape), of uint8 images; see `Engine`."""
        with self._turn:
            if self._process is None:
                self._open(None)
            try:
                return self._process.run(_Opened.compute, images)
            except (WorkerError, MemoryError) as error:
                # The next call begins anew.
                self._process = None
                if isinstance(error, MemoryError):
                    raise
                raise TransferLearningError(f"The network stopped ({error}): try again.") from error


class _Opened:
    """In the other process: the engine that is open there."""

    engine: Engine

    @classmethod
    def open(cls, compile: Compile, callback: Callback) -> tuple[Network, str]:
        network, cls.engine = compile(callback)
        return network, cls.engine.title

    @classmethod
    def compute(cls, images: np.ndarray, callback: Callback) -> np.ndarray:
        return cls.engine(images)
