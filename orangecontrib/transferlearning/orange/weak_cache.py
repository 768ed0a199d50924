"""Keep results for as long as the objects that they were computed from, and for a minute at most."""

import threading
import time
import weakref
from collections.abc import Hashable
from typing import Any

N_KEPT = 4
"""Number of results that are kept."""

KEPT_SECONDS = 60
"""Seconds after the last use for which a result is kept: longer than the conversion of a table takes from one column to
the next. Later, files may have changed."""


class WeakCache:
    """A cache of results by object and key, for use by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, Hashable], tuple[weakref.ref, float, Any]] = {}

    def find(self, owner: object, key: Hashable) -> Any:
        """Return the result for an object and key; None if there is none, or it is too old."""
        place = (id(owner), key)
        with self._lock:
            self._drop_old()
            reference, _, result = self._kept.pop(place, (None, 0.0, None))
            if reference is None or reference() is not owner:
                return None
            self._kept[place] = reference, time.monotonic(), result
            return result

    def keep(self, owner: object, key: Hashable, result: Any) -> None:
        """Keep a result until its owner is deleted; there must be weak references to objects of its type."""
        place = (id(owner), key)
        # Without the lock, as this may be called while this thread holds it.
        reference = weakref.ref(owner, lambda _: self._kept.pop(place, None))
        with self._lock:
            self._drop_old()
            self._kept.pop(place, None)
            self._kept[place] = reference, time.monotonic(), result
            while len(self._kept) > N_KEPT:
                del self._kept[next(iter(self._kept))]

    def _drop_old(self) -> None:
        now = time.monotonic()
        for place, (_, used, _) in list(self._kept.items()):
            if now - used > KEPT_SECONDS:
                self._kept.pop(place, None)
