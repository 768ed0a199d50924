"""Runs functions in a process of their own, so that this one neither loads what they need nor waits without an end."""

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

from ..errors import TransferLearningError, first_line
from ..records import Callback

TICK = 0.1
"""Seconds between two questions whether the work is still wanted."""

GRACE = 1.0
"""Seconds that a process has to clean up when its work is no longer wanted."""

_PATIENCE = 10 * GRACE
"""Seconds after which it ends by itself, where nobody is there to end it."""

_CODE = f"import sys, pickle; sys.path[:] = pickle.load(sys.stdin.buffer); from {__name__} import serve; serve()"


class WorkerError(Exception):
    """No process could be started, it ended before its time, or what it did failed for a reason of its own."""


def run_in_worker(
    function: Callable,
    *arguments: object,
    callback: Callback | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    """Run a function in a process of its own, which ends with it; see `WorkerProcess`, and `WorkerProcess.run`."""
    with WorkerProcess(environment) as process:
        return process.run(function, *arguments, callback=callback)


class WorkerProcess:
    """A process that runs one function after another, with the same interpreter; it ends with this object at latest.

    Parameters
    ----------
    environment : mapping of str to str, optional
        Environment variables that it has besides those of this process.

    Raises
    ------
    WorkerError
        None can be started.
    """

    def __init__(self, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        self._process = _start(environment)
        self._answers: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._end = weakref.finalize(self, _end, self._process, 0)
        listener = threading.Thread(target=_listen, args=(self._process.stdout, self._answers), daemon=True)
        listener.start()
        # Modules are found there where they are here, whatever changed the path since this process began.
        self._say(_search_path())

    def run(self, function: Callable, *arguments: object, callback: Callback | None = None) -> Any:
        """Run a function there, and wait for it.

        Parameters
        ----------
        function : callable
            Of a module that can be imported. After the arguments it is given a callback for the fraction done.
        *arguments : object
            As they can be pickled.
        callback : callable, optional
            Called with the fraction that the function told last, or 1, every `TICK` seconds; what it raises
            (`Cancelled`) ends the process.

        Returns
        -------
        object
            What the function returns, as it can be pickled.

        Raises
        ------
        TransferLearningError, MemoryError
            From the function.
        WorkerError
            The process has ended, or the function has raised something else.
        """
        self._say((function, arguments))
        fraction = 1.0
        while True:
            kind, value = "told", fraction
            with suppress(Empty):
                kind, value = self._answers.get(timeout=TICK)
            if kind == "told":
                fraction = value
                if callback:
                    callback(fraction)
            elif kind == "done":
                return value
            elif kind == "raised":
                raise value
            else:
                # Whoever calls `run` again finds the same.
                self._answers.put((kind, value))
                raise _failure(self._process)

    def _say(self, request: object) -> None:
        with suppress(OSError):  # That it has ended is seen where it is waited for.
            self._process.stdin.write(pickle.dumps(request))
            self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # Once it has answered, nothing that it may still do matters; else it may have to clean up.
        if self._end.detach():
            _end(self._process, GRACE if kind else 0)


def _start(environment: Mapping[str, str]) -> subprocess.Popen:
    if not sys.executable or getattr(sys, "frozen", False):
        raise WorkerError("this program is no Python interpreter")
    try:
        return subprocess.Popen(
            # What is in the working folder is not taken for a module of Python's own.
            [sys.executable, "-P", "-c", _CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | environment,
            # Windows would open a terminal for it.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise WorkerError(str(error)) from error


def _search_path() -> list[str]:
    """Where this process finds its modules: "" is the working folder, if that is still there."""
    folder = ""
    with suppress(OSError):
        folder = os.getcwd()
    return [path or folder for path in sys.path if path or folder]


def _listen(stream: IO[bytes], answers: SimpleQueue) -> None:
    try:
        # What the process was saying when it ended may be cut off.
        with stream, suppress(EOFError, pickle.UnpicklingError):
            while True:
                answers.put(pickle.load(stream))
    finally:
        answers.put(("ended", None))


def _failure(process: subprocess.Popen) -> Exception:
    try:
        code = process.wait(GRACE)
    except subprocess.TimeoutExpired:
        return WorkerError("what the process says cannot be understood")
    if code == -getattr(signal, "SIGKILL", 0):
        # Who else would kill it: here it would be this process.
        return MemoryError("the system ended a process, most likely as there was not enough memory for it")
    return WorkerError(f"the process ended with code {code}")


def _end(process: subprocess.Popen, grace: float) -> None:
    # Nobody being there any more to ask is what the process ends at, on Windows too.
    with suppress(OSError):
        process.stdin.close()
    if grace:
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    process.kill()
    process.wait()


def serve() -> None:
    """Do what the other process asks on standard input, one thing after another, and answer on standard output."""
    # Libraries write to standard output too: they get standard error instead.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # A shell that runs a command in the background has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def answer(kind: str, value: object) -> None:
        answers.write(pickle.dumps((kind, value)))
        answers.flush()

    requests: SimpleQueue[tuple[Callable, tuple] | None] = SimpleQueue()
    threading.Thread(target=_hear, args=(requests,), daemon=True).start()
    try:
        for function, arguments in iter(requests.get, None):
            try:
                result = function(*arguments, partial(answer, "told"))
            except (TransferLearningError, MemoryError) as error:
                answer("raised", error)
            except Exception as error:  # noqa: BLE001 - whoever asked is to know why, and decides what it means
                answer("raised", WorkerError(f"{type(error).__name__}: {first_line(error)}"))
            else:
                answer("done", result)
    finally:
        # At once: Python would stumble over the thread that is reading.
        os._exit(1)


def _hear(requests: SimpleQueue) -> None:
    """Take requests; once the other process has ended, or wants no more, end this one."""
    try:
        with suppress(EOFError):
            while True:
                requests.put(pickle.load(sys.stdin.buffer))
    finally:
        requests.put(None)
        # Half a download goes when nobody wants it any more.
        _interrupt()
        time.sleep(_PATIENCE)
        os._exit(1)


def _interrupt() -> None:
    if hasattr(signal, "pthread_kill"):
        # This reaches it while it waits for the network, too.
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        _thread.interrupt_main()
