"""Waits for a turn, asking meanwhile whether it is still wanted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .items import Callback

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
