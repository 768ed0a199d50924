"""Hold the content of a file of features in any format, and split it into columns and blocks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import SinkError
from ..records import Embeddings, Label
from ..sources.keys import unique_names

BLOCK_BYTES = 1 << 24
"""Number of bytes of features that are read or written at a time."""


@dataclass(frozen=True, eq=False)
class SavedFeatures:
    """Features with their keys, labels and metas; the features stay in their file until they are read.

    Attributes
    ----------
    shape : tuple of int
        (n_images, n_features)
    read_blocks : callable
        Returns all rows in order, in float32 arrays of shape (n_rows, n_features).
    keys : list of str
        Keys of the images, length n_images; empty if the file has no keys.
    labels : list of Label
        Length n_images; empty if there are no labels.
    label_name : str or None
        Name of the labels; None if there are no labels.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    classes : tuple of Label
        The different labels, in Orange's order; empty if labels are numbers to predict.
    metas : mapping of str to list of Label
        Other columns by name, each of length n_images.
    columns : tuple of str
        As in `Embeddings`.
    names : list of str
        Names of the features; empty if they are those of `Embeddings.feature_names`.
    fingerprint : str
        Fingerprint of the features; "" if it is not known.
    weights : str
        As in `Embeddings`.
    attributes : mapping of str to mapping
        Attributes of Orange's variables, by the names of the variables.
    image_column : str
        Meta that named the images in Orange's table; "" if there is none or it is not known.
    origins : mapping of str to tuple of str
        (weights, image_column) by the names of features; empty if they are the same for all features.
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
        """Read the features into an array of this shape and any number type, and return it."""
        start = 0
        for block in self.read_blocks():
            matrix[start : start + len(block)] = block
            start += len(block)
        return matrix

    def to_embeddings(self, dtype: type = np.float32) -> Embeddings:
        """Read everything into memory; images without keys get their positions as keys: "0", "1", ..."""
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
    """Return the names that `Embeddings.feature_names` gives to features."""
    return Embeddings([], np.empty((0, n_features), np.float32), [], columns=columns).feature_names


def column_names(label_name: str | None, meta_names: Iterable[str], feature_names: Sequence[str]) -> list[str]:
    """Return the names of the columns of a table: label, ``key``, metas, features.

    Features and ``key`` keep their names; another column with the same name gets a number ("n0 (2)").
    """
    fixed = [*feature_names, "key"]
    labels = [] if label_name is None else [label_name]
    others = list(unique_names([*fixed, *labels, *meta_names]))[len(fixed) :]
    return [*others[: len(labels)], "key", *others[len(labels) :], *feature_names]


def sorted_labels(labels: Iterable[Label]) -> list[Label]:
    """Return the different labels, without None: numbers by size, text by alphabet, a mixture as text."""
    known = {label for label in labels if label is not None}
    return sorted(known, key=str if any(isinstance(label, str) for label in known) else None)


def classes_of(labels: Iterable[Label], is_target: bool = False) -> tuple[Label, ...]:
    """Return the classes of labels, sorted; none if the labels are numbers to predict."""
    return () if is_target else tuple(sorted_labels(labels))


def columns_of(metas: Sequence[Mapping[str, Label]], n_images: int) -> dict[str, list[Label]]:
    """Convert metas of images to columns of length n_images, with None for missing values."""
    names = dict.fromkeys(name for meta in metas for name in meta)
    return {name: [meta.get(name) for meta in metas] if metas else [None] * n_images for name in names}


def n_block_rows(n_features: int) -> int:
    """Return the number of rows that are read or written at a time."""
    return max(1, BLOCK_BYTES // (4 * max(1, n_features)))


def row_blocks(shape: tuple[int, int]) -> Iterator[slice]:
    """Return slices that split rows into blocks."""
    step = n_block_rows(shape[1])
    return (slice(start, min(start + step, shape[0])) for start in range(0, shape[0], step))


def check_vectors(embeddings: Embeddings) -> None:
    """Check that each image has a vector of features, or raise `SinkError`."""
    if embeddings.features.ndim != 2:
        shape = " x ".join(map(str, embeddings.features.shape[1:]))
        raise SinkError(
            f"A file or table of features needs one vector per image, not {shape} values: average or flatten them "
            "(--pooling avg or flatten), or write to a folder (a name that ends with /)."
        )
