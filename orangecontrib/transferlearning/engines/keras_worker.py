"""Run functions that use Keras in a worker process, so that Orange's process never loads TensorFlow."""

import threading
from collections.abc import Callable
from typing import Any

from ..backbones.libraries import is_keras_loaded
from ..errors import TransferLearningError
from ..records import Callback
from .worker_process import GRACE, WorkerError, WorkerProcess

IDLE_SECONDS = 300
"""Seconds after which an idle worker process ends."""


class KerasWorkers:
    """Worker processes that have loaded Keras; one of them is kept for the next use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: WorkerProcess | None = None
        self._timer: threading.Timer | None = None

    def take(self) -> WorkerProcess:
        """Return the idle worker process, or a new one; the caller gives it back with `keep` or closes it."""
        return self._take_idle() or WorkerProcess()

    def keep(self, process: WorkerProcess) -> None:
        """Keep a worker process that has no work for the next use, unless another one is kept already."""
        with self._lock:
            if self._idle is None:
                self._idle = process
                self._timer = threading.Timer(IDLE_SECONDS, self.close)
                self._timer.daemon = True
                self._timer.start()
                return
        process.close()

    def close(self) -> None:
        """End the idle worker process."""
        process = self._take_idle()
        if process:
            process.close()

    def _take_idle(self) -> WorkerProcess | None:
        with self._lock:
            if self._timer:
                self._timer.cancel()
            process, self._idle, self._timer = self._idle, None, None
        return process if process and process.is_running else None


KERAS_WORKERS = KerasWorkers()
"""The worker processes of this process."""


def run_keras(
    function: Callable,
    *arguments: object,
    callback: Callback | None = None,
    tell: Callable[..., object] | None = None,
) -> Any:
    """Run a function that uses Keras: in a worker process, or in this process if Keras is loaded already.

    Parameters
    ----------
    function : callable
        A function of an importable module with the keyword arguments `callback` and `tell`.
    *arguments : object
        Picklable arguments of the function.
    callback : callable, optional
        Called with the fraction done, 0-1, also while nothing is reported; may raise `Cancelled`.
    tell : callable, optional
        Called with picklable arguments; the function receives the result.

    Returns
    -------
    object
        The picklable result of the function.

    Raises
    ------
    TransferLearningError, MemoryError
        Errors of the function; or the worker process could not be started, or ended too early.
    """
    if is_keras_loaded():
        return function(*arguments, callback=callback, tell=tell)
    latest = 0.0

    def poll(fraction: float) -> None:
        # 1 means that nothing has been reported yet.
        nonlocal latest
        latest = max(latest, fraction % 1)
        if callback:
            callback(latest)

    try:
        process = KERAS_WORKERS.take()
        try:
            result = process.run(_call, function, arguments, callback=poll, ask=tell or _ignore)
        except BaseException:
            # The function may still be running.
            process.close(GRACE)
            raise
    except WorkerError as error:
        raise TransferLearningError(f"Keras stopped in its worker process ({error}): try again.") from error
    KERAS_WORKERS.keep(process)
    return result


def _call(function: Callable, arguments: tuple, callback: Callback, ask: Callable[..., object]) -> Any:
    return function(*arguments, callback=callback, tell=ask)


def _ignore(*_: object) -> None:
    pass
