"""The records that flow from a source to a sink, and the words for their parts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Protocol

import numpy as np

from .errors import SettingError

Location = str | PathLike | np.ndarray
"""Location of an image: a path, a URL (``file:``, ``http:``, ``https:``, ``data:``), or its pixels."""

Label = str | int | float | None
"""Label of an image: a class or a number; None if it is unknown."""

Callback = Callable[[float], None]
"""Told the fraction done, 0-1, as everywhere in Orange; raises `Cancelled` to stop the work."""


@dataclass(frozen=True, eq=False)
class ImageItem:
    """One image to embed.

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
    """An image that gave no features, with the reason in words."""

    key: str
    reason: str


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Features of consecutive images of a source.

    Attributes
    ----------
    keys : list of str
        Length n_images, in source order.
    features : ndarray of shape (n_images, n_features), float32
        Of shape (n_images, height, width, channels) where maps are not pooled.
    labels : list of Label
        Length n_images.
    skipped : list of Skipped
        Images among these that could not be read, in source order.
    fingerprint : str
        Everything that the features depend on, as `Embedder.fingerprint` says it; "" if nobody said.
    metas : list of mapping of str to Label
        What else is known of each image: length n_images, or empty where nothing is.
    columns : tuple of str
        Of a source with several images a row: the columns whose features stand side by side in `features`.
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
        """``n0``, ``n1``, ...; with several images a row ``left n0``, ``left n1``, ..., ``right n0``, ..."""
        if not self.columns:
            return [f"n{i}" for i in range(self.features.shape[1])]
        n_each = self.features.shape[1] // len(self.columns)
        return [f"{column} n{i}" for column in self.columns for i in range(n_each)]

    def __len__(self) -> int:
        return len(self.keys)


def check_shapes(first: Embeddings, part: Embeddings) -> None:
    """Raise `SettingError` where two batches have maps of different shapes, which no array holds."""
    one, other = first.features.shape[1:], part.features.shape[1:]
    if one != other:
        raise SettingError(
            f"Images of different sizes give maps of different shapes ({one} of {first.keys[0]}, {other} of "
            f"{part.keys[0]}), which no array holds: use `stream`, or pool by avg or max."
        )


def concatenate(parts: Sequence[Embeddings], n_features: int) -> Embeddings:
    """Join the batches of a stream into one.

    Parameters
    ----------
    parts : sequence of Embeddings
    n_features : int
        Length of a vector, for when there are no features.

    Returns
    -------
    Embeddings
    """
    features = [part.features for part in parts if len(part)]
    return Embeddings(
        [key for part in parts for key in part.keys],
        np.concatenate(features) if features else np.empty((0, n_features), np.float32),
        [label for part in parts for label in part.labels],
        [skipped for part in parts for skipped in part.skipped],
        parts[0].fingerprint if parts else "",
        [metas for part in parts for metas in part.metas],
        parts[0].columns if parts else (),
        parts[0].weights if parts else "",
    )


class Source(Protocol):
    """Images that can be counted, and gone through again and again in the same order.

    Attributes
    ----------
    label_name : str or None
        What the labels are called; None when nobody said what the images show.
    is_target : bool
        Whether labels are quantities to predict, rather than classes.
    meta_names : tuple of str
        What else is known of each image: the names in `ImageItem.metas`.
    columns : tuple of str
        Empty, unless the source is a table with several images a row: then the columns that name them. The images
        of a row follow one another, so that every ``len(columns)`` of them are a row.
    """

    label_name: str | None
    is_target: bool
    meta_names: tuple[str, ...]
    columns: tuple[str, ...]

    def __len__(self) -> int:
        """Count the images, those included that will turn out unreadable."""

    def __iter__(self) -> Iterator[ImageItem]:
        """Go through the images; their keys are unique."""
