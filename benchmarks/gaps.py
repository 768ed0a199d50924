"""How long a window does not answer: the time between two ticks of its event loop."""

import time
from collections.abc import Callable

from AnyQt.QtCore import Qt, QTimer

TICK = 10
"""Milliseconds between two ticks of a window that answers."""


class Gaps:
    """Ticks, and notes the longest time between two ticks in each phase.

    Attributes
    ----------
    phase : callable
        Names what goes on, "" for what is not to be measured. What lies between two ticks counts for both their phases.
    longest : dict of str to float
        Seconds by phase.
    """

    def __init__(self) -> None:
        self.phase: Callable[[], str] = lambda: ""
        self.longest: dict[str, float] = {}
        self._last: tuple[float, str] | None = None
        self._timer: QTimer | None = None

    def start(self) -> None:
        """Begin to tick; there has to be an application."""
        self._timer = QTimer(interval=TICK, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def stop(self) -> None:
        """Tick no more."""
        self._timer.stop()

    def _tick(self) -> None:
        now, phase = time.perf_counter(), self.phase()
        before, earlier = self._last or (now, phase)
        for name in {phase, earlier} if phase and earlier else ():
            self.longest[name] = max(self.longest.get(name, 0.0), now - before)
        self._last = now, phase
