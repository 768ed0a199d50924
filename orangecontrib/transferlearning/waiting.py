"""How long work is waited for: until it is done, and in Orange's canvas with its window awake."""

from collections.abc import Callable
from typing import Any

from .items import Callback

Work = Callable[[Callback | None], Any]
"""Given a callback for its progress or None, does something and returns its result."""

Waiter = Callable[[Work, str], Any]
"""Runs work, described in words for the person who waits, and returns its result or raises its error."""


def _wait(work: Work, title: str) -> Any:
    return work(None)


_waiter: Waiter = _wait


def wait_for(work: Work, title: str) -> Any:
    """Run work that may take long, and return its result."""
    return _waiter(work, title)


def wait_by(waiter: Waiter) -> None:
    """Have all further work of this process waited for in another way."""
    global _waiter
    _waiter = waiter
