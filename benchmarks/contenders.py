"""What a child process can be asked to run, one after the other, against the clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

FAILURES = (ImportError, RuntimeError, ValueError, NotImplementedError, AttributeError, TypeError, OSError)
"""What opening a contender raises where it is not installed, or cannot run a network."""

MIN_SECONDS = 0.5
"""That a pass is repeated for until its time is taken: a shorter one says little."""

Run = Callable[[], float]
"""Does some work, and gives the amount that was done: images, or GFLOP."""


@dataclass
class Contenders:
    """Runs by name.

    Attributes
    ----------
    runs : dict of str to callable
        Does some work, and gives its amount.
    warm_ups : dict of str to callable
        What is done before the clock starts: whoever ran before has left its own in the processor's caches.
    facts : dict
        What else the parent wants to know, as JSON holds it.
    not_run : dict of str to str
        Names of those that could not be opened, and why.
    """

    runs: dict[str, Run] = field(default_factory=dict)
    warm_ups: dict[str, Callable[[], object]] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)

    def attempt(self, name: str, make: Callable[[], Callable[[], object]], amount: float) -> None:
        """Open a contender whose calls do the same work each, and try it once, or note why it cannot run.

        Parameters
        ----------
        name : str
        make : callable
            Gives what is to be timed.
        amount : float
            Of work that one call does.
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
