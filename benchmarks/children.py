"""The parent's side of child processes: start them, and run their contenders in turns."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from statistics import median
from typing import Any, Self

MIN_REPEATS = 3
"""Smallest number of rounds, however long they take."""
SECONDS = 30
"""Seconds after which no further round is started, once there are `MIN_REPEATS`."""


class ChildError(Exception):
    """A child process has ended too early; the message is the last line that it printed."""


class Child:
    """A child process with contenders, which ends with the ``with`` block.

    Parameters
    ----------
    module : str
        Name of a module of this package with a function ``open_contenders``.
    **settings
        Arguments of this function; JSON values.

    Attributes
    ----------
    names : list of str
        Names of the contenders that can be run.
    facts : dict
    not_run : dict of str to str
        Names of those that cannot, and why.
    """

    def __init__(self, module: str, **settings: object) -> None:
        self._stderr = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.child", f"benchmarks.{module}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
        )
        try:
            opened = self._ask(json.dumps(settings))
        except BaseException:
            self.close()
            raise
        self.names: list[str] = opened["names"]
        self.facts: dict[str, Any] = opened["facts"]
        self.not_run: dict[str, str] = opened["not_run"]

    def run(self, name: str) -> float:
        """Run one contender once; return its rate, work per second."""
        amount, seconds = self._ask(name)
        return amount / seconds

    def _ask(self, request: str) -> Any:
        with suppress(BrokenPipeError):
            print(request, file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        code = self._process.wait()
        self._stderr.seek(0)
        last = self._stderr.read().strip().splitlines()[-1:] or [f"it ended with code {code}"]
        raise ChildError(last[0])

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def measure(children: Sequence[Child], repeats: int, *, warm: bool = False) -> dict[str, float]:
    """Run all contenders of some children in turns, and return their rates.

    Parameters
    ----------
    children : sequence of Child
    repeats : int
        Rounds; fewer, but at least `MIN_REPEATS`, if they take more than `SECONDS`.
    warm : bool
        Whether all have run before; if not, each runs once before the measured rounds.

    Returns
    -------
    dict of str to float
        Median rates by name, work per second.
    """
    turns = [(child, name) for child in children for name in child.names]
    for child, name in () if warm else turns:
        child.run(name)
    rates: dict[str, list[float]] = {name: [] for _, name in turns}
    start = time.monotonic()
    for n_made in range(repeats):
        if n_made >= MIN_REPEATS and time.monotonic() - start > SECONDS:
            break
        # In another order each time, so that no contender always runs after the same one.
        for child, name in Random(n_made).sample(turns, len(turns)):
            rates[name].append(child.run(name))
    return {name: median(values) for name, values in rates.items()}
