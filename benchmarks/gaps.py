"""Measure how long a window does not respond: the time between two ticks of its event loop."""

import time
from collections.abc import Callable

from AnyQt.QtCore import Qt, QTimer

TICK = 10
"""Milliseconds between two ticks of a window that responds."""


class Gaps:
    """A timer that notes the longest time between two ticks in each phase.

    Attributes
    ----------
    phase : callable
        Returns the name of the current phase, or "" to measure nothing. A gap counts for the phases at both its ends.
    longest : dict of str to float
        Longest gap in seconds, by phase.
    """

    def __init__(self) -> None:
        self.phase: Callable[[], str] = lambda: ""
        self.longest: dict[str, float] = {}
        self._last: tuple[float, str] | None = None
        self._timer: QTimer | None = None

    def start(self) -> None:
        """Start to tick; there has to be a Qt application."""
        self._timer = QTimer(interval=TICK, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def stop(self) -> None:
        """Stop to tick."""
        self._timer.stop()

    def _tick(self) -> None:
        now, phase = time.perf_counter(), self.phase()
        before, earlier = self._last or (now, phase)
        for name in {phase, earlier} if phase and earlier else ():
            self.longest[name] = max(self.longest.get(name, 0.0), now - before)
        self._last = now, phase
