"""Start Orange's canvas as a program of its own, see what it shows, and wait for what it will show."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .screen import Screen, running

LIMIT = 180
"""Seconds to wait for anything, on a busy machine."""

QUIET = 0.8
"""Seconds without activity after which the widgets count as finished."""

_TICK = 0.05
_HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")

Seen = dict[str, Any]


@contextmanager
def open_canvas(screen: Screen, folder: Path) -> Iterator["Canvas"]:
    """Start Orange for a new user.

    Parameters
    ----------
    screen : Screen
    folder : Path
        An empty folder, for the user's files.
    """
    home = folder / "home"
    home.mkdir()
    environment = screen.environment | dict.fromkeys(_HOMES, str(home))
    notes, errors = folder / "seen.json", folder / "errors.txt"
    with running(program("tour.watched_canvas", str(notes)), environment, errors) as process:
        yield Canvas(process, notes, errors)


def program(module: str, *words: str) -> list[str]:
    """Return the command that runs a module of this folder."""
    return [sys.executable, "-W", "ignore", "-m", module, *words]


def waiting(what: str, look: Callable[[], Any]) -> Any:
    """Look for something until it is there, and return it."""
    start = time.monotonic()
    while time.monotonic() < start + LIMIT:
        if found := look():
            return found
        time.sleep(_TICK)
    raise TimeoutError(f"not seen in {LIMIT} s: {what}")


class Canvas:
    """What Orange's canvas shows.

    Parameters
    ----------
    process : subprocess.Popen
        Orange.
    notes : Path
        What `watched_canvas` writes.
    errors : Path
        What Orange writes in the terminal.
    """

    def __init__(self, process: subprocess.Popen, notes: Path, errors: Path) -> None:
        self._process = process
        self._notes = notes
        self._errors = errors

    def look(self) -> Seen:
        """Return what the canvas shows from now on."""
        return self.wait("that Orange answers", lambda seen: True)

    def wait(self, what: str, is_so: Callable[[Seen], Any]) -> Seen:
        """Wait until something is so, and return what the canvas shows then.

        Parameters
        ----------
        what : str
            For the message of the error.
        is_so : callable
        """
        asked = time.monotonic()

        def seen_so() -> Seen | None:
            self.check()
            seen = json.loads(self._notes.read_text(encoding="utf-8")) if self._notes.exists() else {"time": 0}
            return seen if seen["time"] > asked and is_so(seen) else None

        return waiting(what, seen_so)

    def settle(self) -> float:
        """Wait until the widgets have finished, and return how many seconds they worked."""
        start = ended = self.look()["time"]

        def is_quiet(seen: Seen) -> bool:
            nonlocal ended
            ended = seen["time"] if seen["is_busy"] else ended
            return seen["time"] > ended + QUIET

        self.wait("that the widgets finish", is_quiet)
        return round(ended - start, 1)

    def check(self) -> None:
        """Raise if Orange has ended, or has written an error."""
        said = self._errors.read_text(encoding="utf-8", errors="replace")
        if self._process.poll() is not None or "Traceback" in said:
            raise RuntimeError(f"Orange says: {said}")
