"""Run a network in a worker process, so that this process loads neither Keras nor its backend."""

import threading
import weakref
from collections.abc import Callable, Mapping

import numpy as np

from ..backbones.network import Network
from ..errors import TransferLearningError
from ..records import Callback
from .engine import Engine
from .keras_worker import KERAS_WORKERS
from .worker_process import WorkerError, WorkerProcess

Compile = Callable[[Callback | None], tuple[Network, Engine]]
"""A picklable function that builds and compiles a network; it gets a callback for the progress of the download."""


class ProcessEngine:
    """A network in a worker process; several threads may call it, and each waits for its turn.

    Parameters
    ----------
    compile : callable
        Builds and compiles the network in the worker process.
    environment : mapping of str to str
        See `WorkerProcess`.
    callback : callable or None
        Called with the fraction of the weights download that is done, 0-1; may raise `Cancelled`.

    Attributes
    ----------
    network : Network
    title : str

    Raises
    ------
    WorkerError
        The worker process cannot be started, or failed.
    SettingError, WeightsError
    """

    def __init__(self, compile: Compile, environment: Mapping[str, str], callback: Callback | None) -> None:
        self._compile = compile
        self._environment = environment
        self._turn = threading.Lock()
        self._open(callback)

    def _open(self, callback: Callback | None) -> None:
        process = WorkerProcess(self._environment) if self._environment else KERAS_WORKERS.take()
        self.network, self.title = process.run(_WorkerEngine.open, self._compile, callback=callback)
        self._process: WorkerProcess | None = process
        self._release = weakref.finalize(
            self, WorkerProcess.close if self._environment else KERAS_WORKERS.keep, process
        )
        # At exit, worker processes end by themselves.
        self._release.atexit = False

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute the features of uint8 images, float32 of shape (n_images, *feature_shape); see `Engine`."""
        with self._turn:
            if self._process is None:
                self._open(None)
            try:
                return self._process.run(_WorkerEngine.compute, images)
            except (WorkerError, MemoryError) as error:
                # The next call starts a new worker process.
                self._release.detach()
                self._process = None
                if isinstance(error, MemoryError):
                    raise
                raise TransferLearningError(f"The network stopped ({error}): try again.") from error


class _WorkerEngine:
    """The engine of a worker process, which stays open between its calls."""

    engine: Engine

    @classmethod
    def open(cls, compile: Compile, callback: Callback) -> tuple[Network, str]:
        network, cls.engine = compile(callback)
        return network, cls.engine.title

    @classmethod
    def compute(cls, images: np.ndarray, callback: Callback) -> np.ndarray:
        return cls.engine(images)
