"""Runs a function in a process of its own, so that this one neither loads what it needs nor waits without an end."""

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import IO, Any

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
    """Run a function in another process, with the same interpreter.

    Parameters
    ----------
    function : callable
        Of a module that can be imported. After the arguments it is given a callback for the fraction done.
    *arguments : object
        As they can be pickled.
    callback : callable, optional
        Called with the fraction that the function told last, or 1, every `TICK` seconds; what it raises (`Cancelled`)
        ends the process.

    Returns
    -------
    object
        What the function returns, as it can be pickled.

    Raises
    ------
    TransferLearningError, MemoryError
        From the function.
    ApartError
        It raised something else, or there was no process.
    """
    process = _start()
    try:
        _ask(process, function, arguments)
        return _wait(process, callback or (lambda fraction: None))
    except BaseException:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        raise
    finally:
        # Once it has answered, nothing that it may still do matters.
        process.kill()
        process.wait()
        with suppress(OSError):
            process.stdin.close()


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


def _ask(process: subprocess.Popen, function: Callable, arguments: tuple) -> None:
    with suppress(BrokenPipeError):  # That it has ended is seen where it is waited for.
        # Where this process finds its modules: "" is the working folder.
        process.stdin.write(pickle.dumps([path or os.getcwd() for path in sys.path]))
        process.stdin.write(pickle.dumps((function, arguments)))
        process.stdin.flush()


def _wait(process: subprocess.Popen, callback: Callback) -> Any:
    answers: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    threading.Thread(target=_listen, args=(process.stdout, answers), name="apart", daemon=True).start()
    fraction = 1.0
    while True:
        kind, value = "told", fraction
        with suppress(Empty):
            kind, value = answers.get(timeout=TICK)
        if kind == "told":
            fraction = value
            callback(fraction)
        elif kind == "done":
            return value
        elif kind == "raised":
            raise value
        else:
            raise _failure(process)


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


def serve() -> None:
    """Do what the other process asks on standard input, and answer on standard output."""
    # Libraries write to standard output too: they get standard error instead.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Half a download goes when nobody wants it any more.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    def answer(kind: str, value: object) -> None:
        answers.write(pickle.dumps((kind, value)))
        answers.flush()

    function, arguments = pickle.load(sys.stdin.buffer)
    try:
        result = function(*arguments, partial(answer, "told"))
    except (TransferLearningError, MemoryError) as error:
        answer("raised", error)
    else:
        answer("done", result)
