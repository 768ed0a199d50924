"""The records that flow from a source to a sink, and the words for their parts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike

import numpy as np

Location = str | PathLike | np.ndarray
"""Where a picture is: a path, a URL (``file:``, ``http:``, ``https:``, ``data:``), or its pixels."""

Label = str | int | float | None
"""What a picture shows; None when nobody said."""

Callback = Callable[[float], None]
"""Told the fraction done, 0-1, as everywhere in Orange; raises `Cancelled` to stop the work."""


@dataclass(frozen=True, eq=False)
class ImageItem:
    """One picture to embed.

    Attributes
    ----------
    key : str
        Its name, unique within the source.
    location : Location
        Where its pixels are.
    label : Label
        Its class or target.
    """

    key: str
    location: Location
    label: Label = None


@dataclass(frozen=True)
class Skipped:
    """A picture that gave no features, with the reason in words."""

    key: str
    reason: str


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Features of consecutive pictures of a source.

    Attributes
    ----------
    keys : list of str
        Length n_images, in source order.
    features : ndarray of shape (n_images, n_features), float32
    labels : list of Label
        Length n_images.
    skipped : list of Skipped
        Pictures among these that could not be read, in source order.
    fingerprint : str
        Everything that the features depend on, as `Embedder.fingerprint` says it; "" if nobody said.
    """

    keys: list[str]
    features: np.ndarray
    labels: list[Label]
    skipped: list[Skipped] = field(default_factory=list)
    fingerprint: str = ""

    def __len__(self) -> int:
        return len(self.keys)
