"""Move the mouse of an X screen with xdotool, and count its gestures."""

import os
import subprocess
from collections import Counter
from collections.abc import Callable

from .screen import Screen

Point = tuple[int, int]

N_MOVES = 12
"""Number of movements of a drag."""

MOMENT = 0.03
"""Seconds between two movements."""

MOST_TURNS = 200
"""Number of notches of the wheel after which a list counts as without what is looked for."""

_LEFT, _WHEEL_DOWN = "1", "5"


class Mouse:
    """The mouse of a screen.

    Parameters
    ----------
    screen : Screen

    Attributes
    ----------
    made : Counter
        How many drags, clicks, double clicks and scrolls.
    place : tuple of int
        Where the pointer is.
    """

    def __init__(self, screen: Screen) -> None:
        self._environment = os.environ | screen.environment
        self.made: Counter[str] = Counter()
        self.place: Point = (0, 0)

    def drag(self, start: Point, end: Point, wait: Callable[[], None]) -> None:
        """Drag from one position to another.

        Parameters
        ----------
        start, end : tuple of int
        wait : callable
            Waits until what is below the mouse takes the drag; the button is released after that.
        """
        self._move(start)
        self._do("mousedown", _LEFT)
        for step in range(1, N_MOVES + 1):
            self._move(tuple(a + (b - a) * step // N_MOVES for a, b in zip(start, end, strict=True)))
        wait()
        self._do("mouseup", _LEFT)
        self.made["drag"] += 1

    def click(self, place: Point) -> None:
        """Click at a position."""
        self._move(place)
        self._do("click", _LEFT)
        self.made["click"] += 1

    def double_click(self, place: Point) -> None:
        """Click twice at a position."""
        self._move(place)
        self._do("click", "--repeat", "2", "--delay", "80", _LEFT)
        self.made["double click"] += 1

    def scroll(self, place: Point, is_enough: Callable[[], bool]) -> None:
        """Turn the wheel at a position until it is enough; that counts as one gesture."""
        self._move(place)
        for _ in range(MOST_TURNS):
            if is_enough():
                self.made["scroll"] += 1
                return
            self._do("click", _WHEEL_DOWN)
        raise RuntimeError("The wheel was turned without an end.")

    def point(self, place: Point) -> None:
        """Move the pointer, which is no gesture."""
        self._move(place)

    def _move(self, place: Point) -> None:
        self._do("mousemove", *map(str, place), "sleep", str(MOMENT))
        self.place = place

    def _do(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self._environment, check=True)
