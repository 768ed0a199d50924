"""The data types that pass from a source to a sink."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Protocol

import numpy as np

from .errors import SettingError
from .plurals import pl

Location = str | PathLike | np.ndarray
"""Location of an image: a path, a URL (``file:``, ``http:``, ``https:``, ``data:``), or its pixels."""

Label = str | int | float | None
"""Label of an image: a class or a number; None if it is unknown."""

Callback = Callable[[float], None]
"""Called with the fraction done, 0-1, as everywhere in Orange; raises `Cancelled` to stop the work."""


@dataclass(frozen=True, eq=False)
class ImageItem:
    """One image to embed.

    Attributes
    ----------
    key : str
        Name of the image, unique within the source.
    location : Location
        Path, URL or pixels of the image.
    label : Label
        Class of the image, or number to predict.
    metas : mapping of str to Label
        Other values of the image by column name.
    """

    key: str
    location: Location
    label: Label = None
    metas: Mapping[str, Label] = field(default_factory=dict)


@dataclass(frozen=True)
class Skipped:
    """An image without features, with the reason."""

    key: str
    reason: str


MAX_REASONS = 5
"""Largest number of reasons that `describe_unread` gives."""

_N_NAMES, _N_LETTERS = 3, 80


def describe_unread(skipped: Sequence[Skipped]) -> str:
    """Return a message for the case that none of some images could be read: the most frequent reasons, and names."""
    if len(skipped) == 1:
        return f"The image could not be read: {skipped[0].key}: {skipped[0].reason}"
    names: dict[str, list[str]] = {}
    for each in skipped:
        names.setdefault(each.reason, []).append(each.key)
    reasons = sorted(names, key=lambda reason: -len(names[reason]))
    if len(reasons) == 1:
        return f"None of the {len(skipped)} images could be read: {reasons[0]} ({_first_names(names[reasons[0]])})"
    shown = [f"{len(names[reason])} ({_first_names(names[reason])}): {reason}" for reason in reasons[:MAX_REASONS]]
    n_others = sum(len(names[reason]) for reason in reasons[MAX_REASONS:])
    others = f"; and {n_others} for other reasons" if n_others else ""
    return f"None of the {len(skipped)} images could be read: {'; '.join(shown)}{others}"


def _first_names(names: Sequence[str]) -> str:
    shown = ", ".join(name if len(name) <= _N_LETTERS else f"...{name[-_N_LETTERS:]}" for name in names[:_N_NAMES])
    n_others = len(names) - _N_NAMES
    return f"{shown} and {n_others} {pl(n_others, 'other')}" if n_others > 0 else shown


class Notes:
    """Notes about images that were read: for each kind, the number of images and the first of them."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str, str]] = {}

    def add(self, key: str, text: str, detail: str) -> None:
        """Add a note about the image called `key`; `text` is the same for all notes of its kind."""
        n_images, first, first_detail = self._found.get(text, (0, key, detail))
        self._found[text] = n_images + 1, first, first_detail

    def clear(self) -> None:
        """Forget all notes."""
        self._found.clear()

    def lines(self, name: Callable[[str], str] = str) -> list[str]:
        """Return a line for each kind; `name` turns a key into what users call the image."""
        return [
            f"{text}: {'' if n_images == 1 else f'{n_images} images, such as '}{name(key)} ({detail})"
            for text, (n_images, key, detail) in self._found.items()
        ]


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Features of consecutive images of a source.

    Attributes
    ----------
    keys : list of str
        Length n_images, in source order.
    features : ndarray of shape (n_images, n_features), float32
        The shape is (n_images, height, width, channels) if maps are not pooled.
    labels : list of Label
        Length n_images.
    skipped : list of Skipped
        Images among these that could not be read, in source order.
    fingerprint : str
        Fingerprint of the features, from `Embedder.fingerprint`; "" if it is unknown.
    metas : list of mapping of str to Label
        Other values of each image, length n_images; empty if there are none.
    columns : tuple of str
        For a source with several images per row: the image columns, whose features are side by side in `features`.
    weights : str
        Name of the weights, from `Embedder.weights_name`, to find them again; "" if it is unknown.
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
        """Names of the features: ``n0``, ``n1``, ...; with several images per row ``left n0``, ..., ``right n0``."""
        if not self.columns:
            return [f"n{i}" for i in range(self.features.shape[1])]
        n_each = self.features.shape[1] // len(self.columns)
        return [f"{column} n{i}" for column in self.columns for i in range(n_each)]

    def __len__(self) -> int:
        return len(self.keys)


def check_shapes(first: Embeddings, part: Embeddings) -> None:
    """Raise `SettingError` if two batches have maps of different shapes."""
    one, other = first.features.shape[1:], part.features.shape[1:]
    if one != other:
        raise SettingError(
            f"Images of different sizes give maps of different shapes ({one} for {first.keys[0]}, {other} for "
            f"{part.keys[0]}): use `stream`, or pool by avg or max."
        )


def concatenate(parts: Sequence[Embeddings], n_features: int) -> Embeddings:
    """Join the batches of a stream into one.

    Parameters
    ----------
    parts : sequence of Embeddings
    n_features : int
        Length of a vector, used if there are no features.

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
    """A source of images, which can be iterated repeatedly, always in the same order.

    Attributes
    ----------
    label_name : str or None
        Name of the labels; None if the images have no labels.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    meta_names : tuple of str
        Names in `ImageItem.metas`.
    columns : tuple of str
        Image columns of a table with several images per row; otherwise empty. The images of a row follow one another.
    """

    label_name: str | None
    is_target: bool
    meta_names: tuple[str, ...]
    columns: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of images, including those that cannot be read."""

    def __iter__(self) -> Iterator[ImageItem]:
        """Return an iterator over the images; their keys are unique."""
