"""Scale vectors of features to a common length, so that learners need no other settings for other networks."""

from collections.abc import Sequence

import numpy as np

NONE, L2, ORANGE = SCALINGS = ("none", "l2", "orange")
"""Ways to scale: not at all, each network's vector to length 1, or the vector of all networks to `ORANGE_LENGTH`."""

ORANGE_LENGTH = 5.5
"""Length of vectors for which the defaults of Orange's learners suit.

Their cost C = 1 then acts as C = 30 on vectors of length 1, as weights of a linear model count quadratically.
"""


def scale(features: np.ndarray, n_each: Sequence[int], scaling: str) -> np.ndarray:
    """Scale the features of images.

    Parameters
    ----------
    features : ndarray of shape (n_images, n_features), float32
        Vectors of one or more networks, side by side.
    n_each : sequence of int
        Number of features of each network.
    scaling : {"none", "l2", "orange"}

    Returns
    -------
    ndarray of the same shape, float32
        Vectors that are 0 stay so.
    """
    if scaling == NONE:
        return features
    return features * scale_factors(features, n_each, scaling)


def scale_factors(features: np.ndarray, n_each: Sequence[int], scaling: str) -> np.ndarray:
    """Return the factors by which `scale` multiplies features, float32 of the same shape; 0 for vectors that are 0."""
    if scaling == NONE:
        return np.ones_like(features)
    parts = np.split(features, np.cumsum(n_each)[:-1], axis=1)
    # Sums in float64: the result is the same whatever the batch.
    norms = [np.sqrt(np.square(part, dtype=np.float64).sum(1)) for part in parts]
    factors = np.column_stack([np.divide(1, norm, out=np.zeros_like(norm), where=norm > 0) for norm in norms])
    if scaling == ORANGE:
        n_there = (factors > 0).sum(1, keepdims=True)
        factors *= ORANGE_LENGTH / np.sqrt(np.maximum(n_there, 1))
    return np.repeat(factors, n_each, axis=1).astype(np.float32)
