"""Find the weights of a model whose decision is a weighted sum of its features."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Decide = Callable[[np.ndarray], np.ndarray]
"""Converts features of shape (n_images, n_channels) to decision values of shape (n_images, n_names), or to NaN."""

_N_TRIED = 8
_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class LinearParts:
    """Weights and intercepts of a linear model: decision values are ``features @ weights.T + intercepts``.

    Attributes
    ----------
    weights : ndarray of shape (n_names, n_channels), float64
    intercepts : ndarray of shape (n_names,), float64
    """

    weights: np.ndarray
    intercepts: np.ndarray


def linear_parts(decide: Decide, example: np.ndarray) -> LinearParts | None:
    """Find the weights of a linear model, also if features are scaled, centered or projected before.

    They follow from the decision values for features that are all 0, and for each feature alone.

    Parameters
    ----------
    decide : callable
    example : ndarray of shape (n_channels,)
        Features of an image, which show the scale of the features.

    Returns
    -------
    LinearParts or None
        None if the function is not linear, or returns NaN.
    """
    example = np.asarray(example, np.float64)
    scale = np.maximum(np.abs(example), np.abs(example).mean() or 1.0)
    tried = np.random.default_rng(0).uniform(0, 2, (_N_TRIED, len(example))) * scale
    tried[0] = example
    # Test the mean of some points first: this finds most functions that are not linear.
    expected = decide(np.vstack([tried, tried.mean(0)]))
    if np.isnan(expected).all() or not _is_close(expected[:-1].mean(0), expected[-1]):
        return None
    answers = decide(np.vstack([np.zeros_like(example), np.diag(scale)]))
    intercepts = answers[0]
    weights = ((answers[1:] - intercepts) / scale[:, None]).T
    fits = _is_close(tried @ weights.T + intercepts, expected[:-1])
    return LinearParts(weights, intercepts) if fits else None


def _is_close(found: np.ndarray, expected: np.ndarray) -> bool:
    span = np.nanmax(np.abs(expected), initial=0)
    return np.allclose(found, expected, rtol=0, atol=_TOLERANCE * span + 1e-12, equal_nan=True)
