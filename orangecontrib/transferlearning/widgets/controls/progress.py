"""Show the progress of a run, and stop it when it is cancelled."""

import time

from Orange.widgets.utils.concurrent import TaskState

from ...errors import Cancelled
from ...records import Callback


class Progress:
    """Callbacks of a run that show its progress, and stop it when it is cancelled.

    Parameters
    ----------
    state : TaskState
    title : str
        Title of the network that is loaded first.
    n_images : int
    """

    def __init__(self, state: TaskState, title: str, n_images: int) -> None:
        self._state = state
        self._loading = f"Loading {title} ..."
        self._n_images = n_images
        self._first: tuple[int, float] | None = None
        state.set_status(self._loading)

    def downloaded(self, fraction: float) -> None:
        """Show which fraction of the weights is downloaded; raise `Cancelled` if the run was cancelled."""
        self._check_cancelled()
        self._state.set_status(f"Downloading weights: {fraction:.0%}" if fraction < 1 else self._loading)

    def embedded(self, fraction: float) -> None:
        """Show which fraction of the images is done; raise `Cancelled` if the run was cancelled."""
        self._check_cancelled()
        self._state.set_progress_value(100 * fraction)
        self._state.set_status(self._words(round(fraction * self._n_images), time.monotonic()))

    def covered(self, fraction: float) -> None:
        """Show which fraction of an image was covered; raise `Cancelled` if the run was cancelled."""
        self._check_cancelled()
        self._state.set_status(f"Covering parts of the image: {fraction:.0%}")

    def _words(self, n_done: int, now: float) -> str:
        # The first batch compiles the network, so its speed is left out.
        self._first = self._first or (n_done, now)
        n_before, since = self._first
        words = f"{n_done} of {self._n_images} images"
        if n_done in (n_before, self._n_images) or now <= since:
            return words
        rate = (n_done - n_before) / (now - since)
        return f"{words}, {rate:.1f} a second, {duration((self._n_images - n_done) / rate)} left"

    def _check_cancelled(self) -> None:
        if self._state.is_interruption_requested():
            raise Cancelled("The run was cancelled.")


def duration(seconds: float) -> str:
    """Return a time in words: "7 s", "3 min", "2 h 05 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


SECONDS = 0.1
"""Shortest time between two calls, in seconds."""


class Throttle:
    """A callback that calls another, at most once in `SECONDS`.

    Parameters
    ----------
    callback : callable
    """

    def __init__(self, callback: Callback) -> None:
        self._callback = callback
        self._last = time.monotonic()

    def __call__(self, fraction: float) -> None:
        """Call the callback if enough time has passed, or if all is done."""
        now = time.monotonic()
        if fraction >= 1 or now - self._last >= SECONDS:
            self._last = now
            self._callback(fraction)
