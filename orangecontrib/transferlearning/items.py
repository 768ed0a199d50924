"""The records that flow from a source to a sink, and the words for their parts."""

from collections.abc import Callable, Mapping
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
    metas : mapping of str to Label
        What else is known of it, by the names of columns.
    """

    key: str
    location: Location
    label: Label = None
    metas: Mapping[str, Label] = field(default_factory=dict)


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
        Of shape (n_images, height, width, channels) where maps are not pooled.
    labels : list of Label
        Length n_images.
    skipped : list of Skipped
        Pictures among these that could not be read, in source order.
    fingerprint : str
        Everything that the features depend on, as `Embedder.fingerprint` says it; "" if nobody said.
    metas : list of mapping of str to Label
        What else is known of each picture: length n_images, or empty where nothing is.
    columns : tuple of str
        Of a source with several pictures a row: the columns whose features stand side by side in `features`.
    weights : str
        Where the network's weights were found, as `Embedder.weights_name` says it; "" if nobody said. It helps to find
        them again; which they are is in the fingerprint.
    """

    keys: list[str]
    features: np.ndarray
    labels: list[Label]
    skipped: list[Skipped] = field(default_factory=list)
    fingerprint: str = ""
    metas: list[Mapping[str, Label]] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    weights: str = ""

    @property
    def feature_names(self) -> list[str]:
        """``n0``, ``n1``, ...; with several pictures a row ``left n0``, ``left n1``, ..., ``right n0``, ..."""
        if not self.columns:
            return [f"n{i}" for i in range(self.features.shape[1])]
        n_each = self.features.shape[1] // len(self.columns)
        return [f"{column} n{i}" for column in self.columns for i in range(n_each)]

    def __len__(self) -> int:
        return len(self.keys)
