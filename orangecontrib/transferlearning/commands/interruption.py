"""Let Ctrl-C and SIGTERM stop the command without a traceback, whatever runs at the moment.

`KeyboardInterrupt` is raised in the middle of any code. Compiled modules that are being loaded report it as an
`ImportError`, a method that is called while an object is deleted drops it, and so do compiled libraries, now and then.

This module imports only what Python has loaded already: while others are loaded, Ctrl-C would show a traceback.
"""

import _signal
import _thread
import os
import sys

EXIT_CODE = 130

_PAUSE = 0.1
"""Seconds until an interruption that was dropped is raised again."""


class _State:
    is_interrupted = False


def exit_when_interrupted() -> None:
    """End the process at once when it is interrupted, as long as there is nothing to clean up."""
    _set_handler(_exit)


def raise_when_interrupted() -> None:
    """Raise `KeyboardInterrupt` when the process is interrupted; `is_interrupted` then returns True."""
    sys.unraisablehook = _raise_again
    _set_handler(_raise)


def ignore_interrupts() -> None:
    """Ignore Ctrl-C from now on, while Python ends; SIGTERM ends it at once."""
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    _signal.signal(_signal.SIGTERM, _signal.SIG_DFL)


def is_interrupted() -> bool:
    """Return whether the process was interrupted."""
    return _State.is_interrupted


def raise_if_interrupted() -> None:
    """Raise `KeyboardInterrupt` if the process was interrupted and a library dropped the exception."""
    if _State.is_interrupted:
        raise KeyboardInterrupt


def _set_handler(handler: object) -> None:
    # A process in the background of a shell ignores Ctrl-C, and goes on doing so.
    if _signal.getsignal(_signal.SIGINT) is not _signal.SIG_IGN:
        _signal.signal(_signal.SIGINT, handler)
    _signal.signal(_signal.SIGTERM, handler)


def _exit(number: int, frame: object) -> None:
    try:
        os.write(2, b"\nStopped.\n")
    finally:  # Standard error may be closed.
        os._exit(EXIT_CODE)


def _raise(number: int, frame: object) -> None:
    _State.is_interrupted = True
    raise KeyboardInterrupt


def _raise_again(unraisable: "sys.UnraisableHookArgs") -> None:
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        # Not here: it would be dropped again.
        _thread.start_new_thread(_interrupt_soon, ())
    elif not _State.is_interrupted:  # An object whose making was interrupted fails when it is deleted.
        sys.__unraisablehook__(unraisable)


def _interrupt_soon() -> None:
    import time

    time.sleep(_PAUSE)
    if os.name == "nt":
        _thread.interrupt_main()
    else:
        os.kill(os.getpid(), _signal.SIGINT)  # which also ends a pause of the main thread
