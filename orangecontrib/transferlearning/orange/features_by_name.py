"""Features of images by the names of the images."""

import math
import threading
import time
import weakref
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from ..records import Embeddings


@dataclass(frozen=True, eq=False)
class ImageFeatures:
    """Features of images that a table names.

    Attributes
    ----------
    rows : mapping of str to int
        Where in `features` those of an image are; -1 for one without.
    features : ndarray of shape (n_read, n_features), float32
    reasons : mapping of str to str
        Why an image could not be read.
    """

    rows: Mapping[str, int] = field(default_factory=lambda: {"": -1})
    features: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    reasons: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, embeddings: Embeddings) -> Self:
        """Take features from embeddings whose keys are the names of the images; maps become rows of numbers."""
        rows = {name: row for row, name in enumerate(embeddings.keys)}
        skipped = {each.key: each.reason for each in embeddings.skipped}
        features = embeddings.features.reshape(len(rows), math.prod(embeddings.features.shape[1:]))
        return cls({"": -1} | rows | dict.fromkeys(skipped, -1), features, skipped)

    def joined(self, other: Self) -> Self:
        """Put those of other images beside these."""
        n_before = len(self.features)
        moved = {name: row if row < 0 else row + n_before for name, row in other.rows.items()}
        parts = [each.features for each in (self, other) if len(each.features)]
        features = np.concatenate(parts) if len(parts) > 1 else parts[0] if parts else self.features
        return type(self)({**self.rows, **moved}, features, {**self.reasons, **other.reasons})

    def rows_of(self, names: Sequence[str]) -> np.ndarray:
        """Find images.

        Returns
        -------
        ndarray of shape (n_names,), int
            Rows of `features`; -1 for those without.
        """
        return np.fromiter((self.rows[name] for name in names), np.intp, len(names))

    def column(self, rows: np.ndarray, index: int) -> np.ndarray:
        """Return one feature of the images in these rows.

        Returns
        -------
        ndarray of shape (n_rows,), float64
            NaN where the row is -1.
        """
        known = rows >= 0
        column = np.full(len(rows), np.nan)
        if known.any():
            column[known] = self.features[rows[known], index]
        return column


N_KEPT = 4
"""Results of different objects or of different kinds."""

KEPT_SECONDS = 60
"""After the last use. A table is converted in less than that from one column to the next; whoever comes later gets
nothing, as files may have changed meanwhile."""


class WeakCache:
    """Results by the objects that they are of; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, Hashable], tuple[weakref.ref, float, Any]] = {}

    def find(self, owner: object, key: Hashable) -> Any:
        """Return what was kept of an object under this key; None if nothing was, or too long ago."""
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
