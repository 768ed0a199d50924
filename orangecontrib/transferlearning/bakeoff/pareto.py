"""Find the candidates that no other beats in both speed and accuracy."""

from collections.abc import Sequence

import numpy as np


def pareto_front(costs: Sequence[float], scores: Sequence[float]) -> np.ndarray:
    """Return which points no other one beats: costs no more and scores no less, and is better in one of both.

    Parameters
    ----------
    costs, scores : sequence of float of length n

    Returns
    -------
    ndarray of shape (n,), bool
    """
    cost, score = np.asarray(costs, float), np.asarray(scores, float)
    no_worse = (cost[:, None] <= cost) & (score[:, None] >= score)
    better = (cost[:, None] < cost) | (score[:, None] > score)
    return ~(no_worse & better).any(axis=0)
