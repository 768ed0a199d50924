"""The contenders of a child process: functions whose speed is measured."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

FAILURES = (ImportError, RuntimeError, ValueError, NotImplementedError, AttributeError, TypeError, OSError)
"""Errors of a contender that is not installed, or that cannot run a network."""

MIN_SECONDS = 0.5
"""Seconds for which a pass is repeated, because a shorter measurement says little."""

Run = Callable[[], float]
"""A function that does some work and returns the amount: images, or GFLOP."""


@dataclass
class Contenders:
    """Functions to measure, by name.

    Attributes
    ----------
    runs : dict of str to callable
        Functions that do some work and return its amount.
    warm_ups : dict of str to callable
        Calls before the measured time, because the previous contender has filled the processor's caches.
    facts : dict
        Other values for the parent; JSON values.
    not_run : dict of str to str
        Names of those that could not be opened, and why.
    """

    runs: dict[str, Run] = field(default_factory=dict)
    warm_ups: dict[str, Callable[[], object]] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)

    def attempt(self, name: str, make: Callable[[], Callable[[], object]], amount: float) -> None:
        """Open a contender whose calls all do the same work, and run it once, or note why it cannot run.

        Parameters
        ----------
        name : str
        make : callable
            Returns the function to time.
        amount : float
            Amount of work in one call.
        """
        try:
            work = make()
            work()
        except FAILURES as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            self.not_run[name] = reason[:120]
            return

        def run() -> float:
            end, done = time.perf_counter() + MIN_SECONDS, 0.0
            while not done or time.perf_counter() < end:
                work()
                done += amount
            return done

        self.runs[name] = run
        self.warm_ups[name] = work
