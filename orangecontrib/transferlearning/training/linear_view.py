"""Prepare features for linear learners: shift, scale and, if there are many columns, rotate them.

This does not change what the learner can express: `LinearView.restore` converts its coefficients to those of the
features.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from .splits import parts

LENGTH = 3.0
"""Root mean square length of a row after scaling, so that the same grids of C and alpha fit features of any scale."""

MAX_ROTATED = 3000
"""Largest number of rows that are rotated; the time grows with its cube."""


@dataclass(frozen=True)
class LinearView:
    """Features as a linear learner sees them.

    Attributes
    ----------
    rows : ndarray of shape (n, n_seen), float32
        Input of the learner: the scaled features, rotated if there are fewer rows than columns. They then have at most
        n columns, and the same distances and angles, so that penalized linear models are the same.
    scaled : ndarray of shape (n, n_features), float32
        ``(features - mean) / scale``.
    mean : ndarray of shape (n_features,), float32
    scale : float
    mixing : ndarray of shape (n_seen, n) or None, float64
        If rotated: the axes, as weighted sums of scaled rows.
    """

    rows: np.ndarray
    scaled: np.ndarray
    mean: np.ndarray
    scale: float
    mixing: np.ndarray | None

    def restore(self, estimator: BaseEstimator) -> None:
        """Convert the coefficients of a fitted linear estimator to those of the features, in place."""
        coefficients = np.asarray(estimator.coef_, np.float64)
        if self.mixing is not None:
            coefficients = (coefficients @ self.mixing).astype(np.float32) @ self.scaled
        # With float32 coefficients, predicting makes no float64 copy of the features.
        estimator.coef_ = (coefficients / self.scale).astype(np.float32)
        estimator.intercept_ = estimator.intercept_ - estimator.coef_.astype(np.float64) @ self.mean
        estimator.n_features_in_ = len(self.mean)


def view_for_linear(features: np.ndarray) -> LinearView:
    """Shift, scale and perhaps rotate features.

    Parameters
    ----------
    features : ndarray of shape (n, n_features), float32
        Shifted and scaled in place.

    Returns
    -------
    LinearView
    """
    mean = features.mean(axis=0, dtype=np.float64).astype(np.float32)
    squares = 0.0
    for part in parts(len(features)):
        shifted = features[part]
        shifted -= mean
        squares += float(np.einsum("ij,ij->", shifted, shifted, dtype=np.float64))
    scale = np.sqrt(squares / len(features)) / LENGTH or 1.0
    features /= np.float32(scale)
    n, n_features = features.shape
    if n >= n_features or n > MAX_ROTATED:
        return LinearView(features, features, mean, scale, None)
    rows, mixing = _rotate(features)
    return LinearView(rows, features, mean, scale, mixing)


def _rotate(scaled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows' coordinates in the space that they span, and its axes as weighted sums of the rows."""
    n, n_features = scaled.shape
    products = np.zeros((n, n))
    for part in parts(n_features):
        columns = scaled[:, part].astype(np.float64)
        products += columns @ columns.T
    values, vectors = np.linalg.eigh(products)
    kept = values > values[-1] * n * np.finfo(np.float32).eps
    lengths = np.sqrt(values[kept])
    return np.ascontiguousarray(vectors[:, kept] * lengths, np.float32), (vectors[:, kept] / lengths).T
