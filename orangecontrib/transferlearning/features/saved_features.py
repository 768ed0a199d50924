"""Content of a file of features, whatever its format."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import SinkError
from ..records import Embeddings, Label
from ..sources.keys import unique_names

BLOCK_BYTES = 1 << 24
"""Bytes of features that are read or written at a time."""


@dataclass(frozen=True, eq=False)
class SavedFeatures:
    """Features with all that belongs to them; the features themselves stay in their file until they are asked for.

    Attributes
    ----------
    shape : tuple of int
        (n_images, n_features)
    read_blocks : callable
        Gives the rows from the first to the last, in arrays of shape (any number, n_features), float32.
    keys : list of str
        Names of the images, length n_images; empty where the file names none.
    labels : list of Label
        Length n_images; empty where nobody said what the images show.
    label_name : str or None
        What the labels are called; None where there are none.
    is_target : bool
        Whether labels are a quantity to predict rather than classes.
    classes : tuple of Label
        The labels there are, in the order that Orange lists them; empty for a target.
    metas : mapping of str to list of Label
        What else is known of each image, column by column, each of length n_images.
    columns : tuple of str
        As `Embeddings.columns`.
    names : list of str
        Of the features; empty where they are those of `Embeddings.feature_names`.
    fingerprint : str
        Of what computed the features; "" if nobody said.
    weights : str
        As `Embeddings.weights`.
    attributes : mapping of str to mapping
        What Orange notes of variables, by their names.
    image_column : str
        Which of the metas named the images in Orange's table; "" where it is not known, or is none of them.
    origins : mapping of str to tuple of str
        By names of features, their own (weights, image_column), where these are not the same for all.
    """

    shape: tuple[int, int]
    read_blocks: Callable[[], Iterable[np.ndarray]]
    keys: list[str] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    label_name: str | None = None
    is_target: bool = False
    classes: tuple[Label, ...] = ()
    metas: Mapping[str, list[Label]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    names: list[str] = field(default_factory=list)
    fingerprint: str = ""
    weights: str = ""
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    image_column: str = ""
    origins: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def feature_names(self) -> list[str]:
        """Names of all features, length n_features."""
        return self.names or plain_names(self.shape[1], self.columns)

    def read_into(self, matrix: np.ndarray) -> np.ndarray:
        """Fill an array of this shape, of whatever type of number, with the features; gives it back."""
        start = 0
        for block in self.read_blocks():
            matrix[start : start + len(block)] = block
            start += len(block)
        return matrix

    def to_embeddings(self, dtype: type = np.float32) -> Embeddings:
        """Read everything into memory; images without keys are called by their positions: "0", "1", ..."""
        n_images = self.shape[0]
        rows = zip(*self.metas.values(), strict=True)
        return Embeddings(
            self.keys or [str(position) for position in range(n_images)],
            self.read_into(np.empty(self.shape, dtype)),
            self.labels or [None] * n_images,
            fingerprint=self.fingerprint,
            metas=[dict(zip(self.metas, row, strict=True)) for row in rows],
            columns=self.columns,
            weights=self.weights,
        )


def plain_names(n_features: int, columns: tuple[str, ...]) -> list[str]:
    """Name features as `Embeddings.feature_names` does."""
    return Embeddings([], np.empty((0, n_features), np.float32), [], columns=columns).feature_names


def column_names(label_name: str | None, meta_names: Iterable[str], feature_names: Sequence[str]) -> list[str]:
    """Name the columns of a table: label, ``key``, metas, features.

    Features and ``key`` are called so; another column of such a name gets a number ("n0 (2)").
    """
    fixed = [*feature_names, "key"]
    labels = [] if label_name is None else [label_name]
    others = list(unique_names([*fixed, *labels, *meta_names]))[len(fixed) :]
    return [*others[: len(labels)], "key", *others[len(labels) :], *feature_names]


def sorted_labels(labels: Iterable[Label]) -> list[Label]:
    """List each label once, None left out: numbers by size, text by alphabet; a mixture as text."""
    known = {label for label in labels if label is not None}
    return sorted(known, key=str if any(isinstance(label, str) for label in known) else None)


def columns_of(metas: Sequence[Mapping[str, Label]], n_images: int) -> dict[str, list[Label]]:
    """Turn what is known of each image into columns of length n_images, None where an image lacks one."""
    names = dict.fromkeys(name for each in metas for name in each)
    return {name: [each.get(name) for each in metas] if metas else [None] * n_images for name in names}


def n_block_rows(n_features: int) -> int:
    """Count the rows that are read or written at a time."""
    return max(1, BLOCK_BYTES // (4 * max(1, n_features)))


def row_blocks(shape: tuple[int, int]) -> Iterator[slice]:
    """Cut rows into blocks."""
    step = n_block_rows(shape[1])
    return (slice(start, min(start + step, shape[0])) for start in range(0, shape[0], step))


def check_vectors(embeddings: Embeddings) -> None:
    """Raise `SinkError` for features that do not make a row each."""
    if embeddings.features.ndim != 2:
        shape = " x ".join(map(str, embeddings.features.shape[1:]))
        raise SinkError(
            f"A table takes a row of features an image, not {shape} values: average or flatten them (--pooling avg or "
            "flatten), or write to a folder (a name that ends with /)."
        )
