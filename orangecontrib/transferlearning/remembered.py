"""Remembers what was last computed of objects, while they are in memory."""

import threading
import time
import weakref
from collections.abc import Hashable
from typing import Any

N_KEPT = 4
"""Results of different objects or of different kinds."""

KEPT_SECONDS = 60
"""After the last use. A table is converted in less than that from one column to the next; whoever comes later gets
nothing, as files may have changed meanwhile."""


class Remembered:
    """Results by the objects that they are of; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, Hashable], tuple[weakref.ref, float, Any]] = {}

    def find(self, owner: object, key: Hashable) -> Any:
        """Give what was kept of an object under this key; None if nothing was, or too long ago."""
        place = (id(owner), key)
        with self._lock:
            self._drop_old()
            reference, _, result = self._kept.pop(place, (None, 0.0, None))
            if reference is None or reference() is not owner:
                return None
            self._kept[place] = reference, time.monotonic(), result
            return result

    def keep(self, owner: object, key: Hashable, result: Any) -> None:
        """Keep a result until its owner goes, which has to be an object that can be referred to weakly."""
        place = (id(owner), key)
        # It may be called while this very thread holds the lock.
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
