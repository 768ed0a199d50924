"""Spares whoever is told of quick work, step by step, most of the steps."""

import time

from .items import Callback

SECONDS = 0.1
"""Between two calls."""


class Pulse:
    """Hands on what it is told, but not more often than every `SECONDS`.

    Parameters
    ----------
    callback : callable
    """

    def __init__(self, callback: Callback) -> None:
        self._callback = callback
        self._last = time.monotonic()

    def __call__(self, fraction: float) -> None:
        """Tell the callback that this fraction is done: the end always, what is before it now and then."""
        now = time.monotonic()
        if fraction >= 1 or now - self._last >= SECONDS:
            self._last = now
            self._callback(fraction)
