"""Wait for work: until it is done, with the window of Orange's canvas awake."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .records import Callback

Work = Callable[[Callback | None], Any]
"""Given a callback for its progress or None, does something and returns its result."""

Waiter = Callable[[Work, str], Any]
"""Runs work, described in words for the person who waits, and returns its result or raises its error."""


def _wait(work: Work, title: str) -> Any:
    return work(None)


def _rest() -> None:
    pass


_waiter: Waiter = _wait
_breather: Callable[[], None] = _rest


def wait_for(work: Work, title: str) -> Any:
    """Run work that may take long, and return its result."""
    return _waiter(work, title)


def breathe() -> None:
    """Let other work of this thread run for a moment, between two parts of work that cannot be done in another."""
    _breather()


def wait_by(waiter: Waiter, breather: Callable[[], None]) -> None:
    """Have all further work of this process waited for in another way."""
    global _waiter, _breather
    _waiter, _breather = waiter, breather


TICK = 0.1
"""Seconds between two questions."""


@contextmanager
def take_turn(lock: threading.Lock, callback: Callback | None = None) -> Iterator[None]:
    """Hold a lock that another thread may hold for long, while it loads a network.

    Parameters
    ----------
    lock : threading.Lock
    callback : callable, optional
        Called with 1 every `TICK` seconds until the lock is free; what it raises (`Cancelled`) ends the waiting.
    """
    while not lock.acquire(timeout=TICK):
        if callback:
            callback(1.0)
    try:
        yield
    finally:
        lock.release()
