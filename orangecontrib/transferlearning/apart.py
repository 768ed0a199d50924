"""Runs functions in a process of their own, so that this one neither loads what they need nor waits without an end."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import IO, Any, Self

from .errors import TransferLearningError
from .items import Callback

TICK = 0.1
"""Seconds between two questions whether the work is still wanted."""

GRACE = 1.0
"""Seconds that a process has to clean up when its work is no longer wanted."""

_CODE = f"import sys, pickle; sys.path[:] = pickle.load(sys.stdin.buffer); from {__name__} import serve; serve()"


class ApartError(Exception):
    """No process could be started, or it ended before its time: what it should have done can be tried here."""


def run_apart(function: Callable, *arguments: object, callback: Callback | None = None) -> Any:
    """Run a function in a process of its own, which ends with it; see `Apart.run`."""
    with Apart() as process:
        return process.run(function, *arguments, callback=callback)


class Apart:
    """A process that runs one function after another, with the same interpreter; it ends with this object at latest.

    Raises
    ------
    ApartError
        None can be started.
    """

    def __init__(self) -> None:
        self._process = _start()
        self._answers: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._end = weakref.finalize(self, _end, self._process, 0)
        listener = threading.Thread(target=_listen, args=(self._process.stdout, self._answers), daemon=True)
        listener.start()
        # Where this process finds its modules: "" is the working folder.
        self._say([path or os.getcwd() for path in sys.path])

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
        ApartError
            The process has ended, for one because the function raised something else.
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


def _start() -> subprocess.Popen:
    if not sys.executable or getattr(sys, "frozen", False):
        raise ApartError("this program is no Python interpreter")
    try:
        return subprocess.Popen(
            # What is in the working folder is not taken for a module of Python's own.
            [sys.executable, "-P", "-c", _CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Windows would open a terminal for it.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise ApartError(str(error)) from error


def _listen(stream: IO[bytes], answers: SimpleQueue) -> None:
    # What the process was saying when it ended may be cut off.
    with stream, suppress(EOFError, pickle.UnpicklingError):
        while True:
            answers.put(pickle.load(stream))
    answers.put(("ended", None))


def _failure(process: subprocess.Popen) -> Exception:
    code = process.wait()
    if code == -getattr(signal, "SIGKILL", 0):
        # Who else would kill it: here it would be this process.
        return MemoryError("the system ended a process, most likely as there was not enough memory for it")
    return ApartError(f"the process ended with code {code}")


def _end(process: subprocess.Popen, grace: float) -> None:
    if grace:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    process.kill()
    process.wait()
    with suppress(OSError):
        process.stdin.close()


def serve() -> None:
    """Do what the other process asks on standard input, one thing after another, and answer on standard output."""
    # Libraries write to standard output too: they get standard error instead.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Half a download goes when nobody wants it any more.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    def answer(kind: str, value: object) -> None:
        answers.write(pickle.dumps((kind, value)))
        answers.flush()

    with suppress(EOFError):
        while True:
            function, arguments = pickle.load(sys.stdin.buffer)
            try:
                result = function(*arguments, partial(answer, "told"))
            except (TransferLearningError, MemoryError) as error:
                answer("raised", error)
            else:
                answer("done", result)
