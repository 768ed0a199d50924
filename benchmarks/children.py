"""The parent's side of child processes: starts them, and has their contenders take turns."""

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
"""Rounds that are made even where they take longer than they should."""
SECONDS = 30
"""After which no further round is begun, once there are `MIN_REPEATS`."""


class ChildError(Exception):
    """A child process has ended before its time; the last that it said is why."""


class Child:
    """Contenders in a process of their own, which ends with the ``with`` block.

    Parameters
    ----------
    module : str
        One of this package, with a function ``open_contenders``.
    **settings
        Its arguments, as JSON holds them.

    Attributes
    ----------
    names : list of str
        Those that can be run.
    facts : dict
    not_run : dict of str to str
        Those that cannot, and why.
    """

    def __init__(self, module: str, **settings: object) -> None:
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.child", f"benchmarks.{module}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
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
        """Run one contender once; gives its rate, work per second."""
        amount, seconds = self._ask(name)
        return amount / seconds

    def _ask(self, request: str) -> Any:
        with suppress(BrokenPipeError):
            print(request, file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        code = self._process.wait()
        self._complaints.seek(0)
        last = self._complaints.read().strip().splitlines()[-1:] or [f"it ended with code {code}"]
        raise ChildError(last[0])

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._complaints.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def measure(children: Sequence[Child], repeats: int, *, warm: bool = False) -> dict[str, float]:
    """Have all contenders of some children take turns.

    Parameters
    ----------
    children : sequence of Child
    repeats : int
        Rounds; fewer, but `MIN_REPEATS`, where these take more than `SECONDS`.
    warm : bool
        Whether all have run before; or else they do once, which does not count.

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
        # In another order each time, so that nobody always runs after the same one.
        for child, name in Random(n_made).sample(turns, len(turns)):
            rates[name].append(child.run(name))
    return {name: median(values) for name, values in rates.items()}
