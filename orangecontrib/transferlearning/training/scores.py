"""Score predictions: of each class and of all, or of numbers."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    mean_absolute_error,
    precision_recall_fscore_support,
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


@dataclass(frozen=True)
class ClassScore:
    """Scores of one class, or a mean over classes; 0-1, and 0 where nothing can be said.

    Attributes
    ----------
    name : str
    precision : float
        Share of those predicted to be of the class that are.
    recall : float
        Share of those of the class that are predicted to be.
    f1 : float
        Harmonic mean of the two.
    support : int
        Rows of the class.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int


def score_classes(truth: np.ndarray, predicted: np.ndarray, classes: tuple[str, ...]) -> list[ClassScore]:
    """Score each class, and average over classes (macro) and over rows (weighted).

    Parameters
    ----------
    truth, predicted : ndarray of shape (n,)
        Places in `classes`.
    classes : tuple of str

    Returns
    -------
    list of ClassScore
        Of each class, then ``"macro average"`` and ``"weighted average"``.
    """
    places = np.arange(len(classes))
    columns = precision_recall_fscore_support(truth, predicted, labels=places, zero_division=0)
    rows = [
        ClassScore(name, float(precision), float(recall), float(f1), int(support))
        for name, precision, recall, f1, support in zip(classes, *columns, strict=True)
    ]
    for kind in ("macro", "weighted"):
        means = precision_recall_fscore_support(truth, predicted, labels=places, average=kind, zero_division=0)
        rows.append(ClassScore(f"{kind} average", *map(float, means[:3]), len(truth)))
    return rows


def score_accuracy(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Give the share of rows whose class is predicted, 0-1."""
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
