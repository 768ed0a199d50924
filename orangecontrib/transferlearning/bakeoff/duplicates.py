"""Find the same photograph among images, by their features."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

ALIKE = 0.98
"""Cosine of features above which two images count as the same photograph; other images of one class reach 0.9."""

N_NAMED = 5
"""Number of pairs that are named."""

_N_ROWS = 512


@dataclass(frozen=True)
class Duplicates:
    """Pairs of images that look like the same photograph.

    Attributes
    ----------
    n_pairs : int
        Number of pairs.
    n_split : int
        Number of these with their images in different folds, so that one is tested by a learner that knows the other.
    first : tuple of (int, int)
        Numbers of the images of the first pairs in different folds, at most `N_NAMED`.
    """

    n_pairs: int
    n_split: int
    first: tuple[tuple[int, int], ...]


def find_duplicates(features: np.ndarray, fold_of: np.ndarray) -> Duplicates:
    """Find pairs of images that look like the same photograph.

    Parameters
    ----------
    features : ndarray of shape (n_images, n_features), float32
    fold_of : ndarray of shape (n_images,), int
        Number of each image's fold.

    Returns
    -------
    Duplicates
    """
    n_pairs, n_split, first = 0, 0, []
    for pairs in _alike(features):
        split = pairs[fold_of[pairs[:, 0]] != fold_of[pairs[:, 1]]]
        n_pairs, n_split = n_pairs + len(pairs), n_split + len(split)
        first += split[: N_NAMED - len(first)].tolist()
    return Duplicates(n_pairs, n_split, tuple(map(tuple, first)))


def join_duplicates(features: np.ndarray, groups: np.ndarray | None = None) -> np.ndarray:
    """Return groups in which images that look alike are together.

    Parameters
    ----------
    features : ndarray of shape (n_images, n_features), float32
    groups : ndarray of shape (n_images,), int, optional
        Numbers of groups from 0; those with images that look alike are joined. By default each image is a group.

    Returns
    -------
    ndarray of shape (n_images,), int
        Numbers of groups from 0.
    """
    groups = np.arange(len(features)) if groups is None else groups
    for pairs in _alike(features):
        n_groups = groups.max() + 1
        edges = coo_array((np.ones(len(pairs), bool), groups[pairs].T), (n_groups, n_groups))
        groups = connected_components(edges, directed=False)[1][groups]
    return groups


def _alike(features: np.ndarray) -> Iterator[np.ndarray]:
    """Yield pairs of numbers of images that look alike, of shape (n_pairs, 2), a part at a time."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    unit = np.divide(features, lengths, out=np.zeros_like(features), where=lengths > 0)
    for start in range(0, len(unit), _N_ROWS):
        cosines = unit[start : start + _N_ROWS] @ unit[start:].T
        pairs = start + np.argwhere(np.triu(cosines > ALIKE, 1))
        if len(pairs):
            yield pairs
