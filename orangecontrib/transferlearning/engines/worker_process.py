"""Run functions in a worker process, so that this process need not load their libraries and can cancel them."""

import _thread
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from types import MappingProxyType
from typing import IO, Any, Self

from .. import i18n
from ..errors import TransferLearningError, first_line
from ..records import Callback

TICK = 0.1
"""Seconds between two calls of the callback, which can cancel the work."""

GRACE = 1.0
"""Seconds that a worker process has to clean up when its work is cancelled."""

_EXIT_SECONDS = 10 * GRACE
"""Seconds after which a worker process without a parent ends, even if it has not cleaned up."""

_WORKER_CODE = f"import sys, pickle; sys.path[:] = pickle.load(sys.stdin.buffer); from {__name__} import serve; serve()"


class WorkerError(Exception):
    """A worker process could not be started, ended too early, or ran a function that failed unexpectedly."""


def run_in_worker(
    function: Callable,
    *arguments: object,
    callback: Callback | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    """Run a function in a new worker process, which ends afterwards; see `WorkerProcess` and its `run`."""
    with WorkerProcess(environment) as process:
        return process.run(function, *arguments, callback=callback)


class WorkerProcess:
    """A worker process that runs one function after another; it ends at the latest when this object is deleted.

    Parameters
    ----------
    environment : mapping of str to str, optional
        Environment variables of the worker process, in addition to those of this process.

    Raises
    ------
    WorkerError
        The worker process cannot be started.
    """

    def __init__(self, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        self._process = _start(environment)
        self._answers: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._end = weakref.finalize(self, _stop, self._process, 0)
        reader = threading.Thread(target=_read_answers, args=(self._process.stdout, self._answers), daemon=True)
        reader.start()
        # The worker process has to find the same modules, even if the path has changed since this process started.
        self._path = _search_path()
        self._send(self._path)

    def run(
        self,
        function: Callable,
        *arguments: object,
        callback: Callback | None = None,
        ask: Callable[..., object] | None = None,
    ) -> Any:
        """Run a function in the worker process, and wait for its result.

        Parameters
        ----------
        function : callable
            A function of an importable module. After its arguments, it gets a callback for the fraction that is done;
            and, with `ask`, a function that calls `ask` in this process and returns the result.
        *arguments : object
            Picklable arguments of the function.
        callback : callable, optional
            Called every `TICK` seconds with the last fraction that the function reported, or 1; an error that it
            raises (`Cancelled`) ends the worker process.
        ask : callable, optional
            Called with picklable arguments by the function; the worker process waits for the picklable result.

        Returns
        -------
        object
            The picklable result of the function.

        Raises
        ------
        TransferLearningError, MemoryError
            Raised by the function.
        WorkerError
            The worker process has ended, or the function has raised another error.
        """
        if self._path != _search_path():
            self._path = _search_path()
            self._send(("path", self._path))
        self._send(("run", (function, arguments, ask is not None)))
        fraction = 1.0
        while True:
            kind, value = "progress", fraction
            with suppress(Empty):
                kind, value = self._answers.get(timeout=TICK)
            if kind == "progress":
                fraction = value
                if callback:
                    callback(fraction)
            elif kind == "ask":
                self._send(("reply", ask(*value)))
            elif kind == "done":
                return value
            elif kind == "raised":
                raise value
            else:
                # The next call of `run` has to fail, too.
                self._answers.put((kind, value))
                raise _exit_error(self._process)

    def _send(self, request: object) -> None:
        with suppress(OSError):  # if the worker process has ended, `run` raises an error when it waits for the answer
            # Written directly, large arrays are not copied.
            pickle.dump(request, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()

    @property
    def is_running(self) -> bool:
        """True until the worker process has ended."""
        return self._process.poll() is None

    def close(self, grace: float = 0) -> None:
        """End the worker process, which has up to `grace` seconds to clean up."""
        if self._end.detach():
            _stop(self._process, grace)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # After an error, the worker process may have to clean up.
        self.close(GRACE if kind else 0)


def _start(environment: Mapping[str, str]) -> subprocess.Popen:
    if not sys.executable or getattr(sys, "frozen", False):
        raise WorkerError("this program is not a Python interpreter")
    try:
        return subprocess.Popen(  # noqa: S603 - Python itself, and code that is written here
            # With -P, a file in the working folder cannot replace a module of the standard library.
            [sys.executable, "-P", "-c", _WORKER_CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | i18n.environment() | environment,
            # Windows would open a terminal window.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise WorkerError(str(error)) from error


def _search_path() -> list[str]:
    """Return the module search path of this process, with the working folder in place of "", if it still exists."""
    folder = ""
    with suppress(OSError):
        folder = os.getcwd()
    return [path or folder for path in sys.path if path or folder]


def _read_answers(stream: IO[bytes], answers: SimpleQueue) -> None:
    try:
        # The last answer of a worker process that has ended may be incomplete.
        with stream, suppress(EOFError, pickle.UnpicklingError):
            while True:
                answers.put(pickle.load(stream))  # noqa: S301 - a pipe of this process
    finally:
        answers.put(("ended", None))


def _exit_error(process: subprocess.Popen) -> Exception:
    try:
        code = process.wait(GRACE)
    except subprocess.TimeoutExpired:
        return WorkerError("the answer of the worker process cannot be read")
    if code == -getattr(signal, "SIGKILL", 0):
        # This is the signal that the system sends when memory runs out.
        return MemoryError("the system ended the worker process, most likely because there was not enough memory")
    return WorkerError(f"the worker process ended with code {code}")


def _stop(process: subprocess.Popen, grace: float) -> None:
    # A worker process ends when its input is closed, on Windows too.
    with suppress(OSError):
        process.stdin.close()
    if grace:
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    process.kill()
    process.wait()


def serve() -> None:
    """Run the functions that the parent process sends on standard input, and answer on standard output."""
    # Libraries also write to standard output: redirect that to standard error.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # A process that a shell started in the background ignores SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def answer(kind: str, value: object) -> None:
        answers.write(pickle.dumps((kind, value)))
        answers.flush()

    requests: SimpleQueue[tuple[Callable, tuple, bool] | None] = SimpleQueue()
    replies: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_read_requests, args=(requests, replies), daemon=True).start()

    def ask(*values: object) -> Any:
        answer("ask", values)
        return replies.get()

    try:
        for function, arguments, is_asking in iter(requests.get, None):
            progress = _Throttle(partial(answer, "progress"))
            try:
                result = function(*arguments, progress, ask) if is_asking else function(*arguments, progress)
            except (TransferLearningError, MemoryError) as error:
                answer("raised", error)
            except Exception as error:  # noqa: BLE001 - the parent process handles it
                answer("raised", WorkerError(f"{type(error).__name__}: {first_line(error)}"))
            else:
                answer("done", result)
    finally:
        # A normal exit would hang or crash, as the other thread is still reading.
        os._exit(1)


class _Throttle:
    """Calls a function with a fraction, but at most once every `TICK` / 2 seconds."""

    def __init__(self, function: Callback) -> None:
        self._function = function
        self._next = 0.0

    def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + TICK / 2
            self._function(fraction)


def _read_requests(requests: SimpleQueue, replies: SimpleQueue) -> None:
    """Read requests and replies; when the parent process has ended or closed the input, end this worker process."""
    queues = {"run": requests, "reply": replies}
    try:
        with suppress(EOFError):
            while True:
                kind, value = pickle.load(sys.stdin.buffer)  # noqa: S301 - a pipe of the parent process
                if kind == "path":
                    sys.path[:] = value
                else:
                    queues[kind].put(value)
    finally:
        requests.put(None)
        # The interrupt lets the function clean up, for example half a download.
        _interrupt()
        time.sleep(_EXIT_SECONDS)
        os._exit(1)


def _interrupt() -> None:
    if hasattr(signal, "pthread_kill"):
        # This signal also interrupts waiting for a download.
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        _thread.interrupt_main()
