"""Wait for long work; in Orange's canvas, the window stays responsive in the meantime."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .records import Callback

Work = Callable[[Callback | None], Any]
"""Does something, given a callback for its progress or None, and returns the result."""

Waiter = Callable[[Work, str], Any]
"""Runs work that has a title for the user, and returns its result or raises its error."""

_waiter: Waiter = lambda work, title: work(None)  # noqa: E731
_event_processor: Callable[[], None] = lambda: None  # noqa: E731


def wait_for(work: Work, title: str) -> Any:
    """Run work that may take long, with a title for the user, and return its result."""
    return _waiter(work, title)


def process_events() -> None:
    """Process events of the window, between two parts of work that has to be done in its thread."""
    _event_processor()


def set_waiter(waiter: Waiter, event_processor: Callable[[], None]) -> None:
    """Set the functions that `wait_for` and `process_events` call from now on in this process."""
    global _waiter, _event_processor
    _waiter, _event_processor = waiter, event_processor


TICK = 0.1
"""Seconds between two calls of the callback."""


@contextmanager
def hold_lock(lock: threading.Lock, callback: Callback | None = None) -> Iterator[None]:
    """Hold a lock that another thread may hold for long, for example while it loads a network.

    Parameters
    ----------
    lock : threading.Lock
    callback : callable, optional
        Called with 1 every `TICK` seconds until the lock is free; an error that it raises (`Cancelled`) ends the wait.
    """
    while not lock.acquire(timeout=TICK):
        if callback:
            callback(1.0)
    try:
        yield
    finally:
        lock.release()
