"""Score predictions of classes and of numbers."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)


class TestedPredictions(Protocol):
    """Predictions of the test images; see `Training` and `HeadTraining`.

    Attributes
    ----------
    title : str
        Title of the learner.
    classes : tuple of str
        Empty if numbers are predicted.
    truth, predicted : ndarray of shape (n_test,)
        Class indices or numbers.
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
    """Return the share of rows whose class is predicted correctly, 0-1."""
    return float(accuracy_score(truth, predicted))


@dataclass(frozen=True)
class TargetScore:
    """Scores of predicted numbers.

    Attributes
    ----------
    r2 : float
        Coefficient of determination: 1 is perfect, 0 is no better than always predicting the mean.
    rmse : float
        Root mean squared error, in the target's unit.
    mae : float
        Mean absolute error, in the target's unit.
    """

    r2: float
    rmse: float
    mae: float


def score_target(truth: np.ndarray, predicted: np.ndarray) -> TargetScore:
    """Return the scores of predicted numbers.

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
