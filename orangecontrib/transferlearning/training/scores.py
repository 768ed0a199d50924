"""Score predictions: of each class and of all, or of numbers."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)


class Tested(Protocol):
    """Predictions of the images that were kept for the test.

    Attributes
    ----------
    title : str
        Of what predicted.
    classes : tuple of str
        Empty where numbers are predicted.
    truth, predicted : ndarray of shape (n_test,)
        Places in `classes`, or numbers.
    """

    @property
    def title(self) -> str: ...  # noqa: D102

    @property
    def classes(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def truth(self) -> np.ndarray: ...  # noqa: D102

    @property
    def predicted(self) -> np.ndarray: ...  # noqa: D102


def score_accuracy(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Return the share of rows whose class is predicted, 0-1."""
    return float(accuracy_score(truth, predicted))


@dataclass(frozen=True)
class TargetScore:
    """Scores of predicted numbers.

    Attributes
    ----------
    r2 : float
        1 is perfect, 0 no better than always saying the mean.
    rmse : float
        Root mean squared error, in the target's unit.
    mae : float
        Mean absolute error, in the target's unit.
    """

    r2: float
    rmse: float
    mae: float


def score_target(truth: np.ndarray, predicted: np.ndarray) -> TargetScore:
    """Score predicted numbers.

    Parameters
    ----------
    truth, predicted : ndarray of shape (n,), float

    Returns
    -------
    TargetScore
    """
    return TargetScore(
        float(r2_score(truth, predicted)),
        float(root_mean_squared_error(truth, predicted)),
        float(mean_absolute_error(truth, predicted)),
    )
