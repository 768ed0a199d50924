"""Cross-validate a learner of Orange on features, with given folds."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from Orange.base import Learner
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, Table
from Orange.evaluation import AUC, CA, Results
from Orange.evaluation.testing import Validation
from threadpoolctl import threadpool_limits

from ..records import Callback


@dataclass(frozen=True)
class Scores:
    """Scores of a learner in one or more cross-validations.

    Attributes
    ----------
    folds : tuple of float
        Accuracy in each fold, of all cross-validations.
    accuracy : float
        Share of all images whose class was predicted correctly, 0-1; mean of the cross-validations.
    auc : float
        Area under the ROC curve, one class against the rest, weighted as Orange does; mean of the cross-validations.
    """

    folds: tuple[float, ...]
    accuracy: float
    auc: float

    @property
    def spread(self) -> float:
        """Standard deviation of the accuracy over the folds."""
        return float(np.std(self.folds))


class _GivenFolds(Validation):
    """Cross-validation with given folds, as Orange does it with its own."""

    def __init__(self, *, fold_of: np.ndarray):
        super().__init__()
        self.fold_of = fold_of

    def get_indices(self, data: Table) -> list[tuple[np.ndarray, np.ndarray]]:
        return [
            (np.flatnonzero(self.fold_of != fold), np.flatnonzero(self.fold_of == fold))
            for fold in range(self.fold_of.max() + 1)
        ]


def feature_table(features: np.ndarray, class_indices: np.ndarray, classes: Sequence[str]) -> Table:
    """Return an Orange table of features with their classes."""
    variables = [ContinuousVariable(f"n{number}") for number in range(features.shape[1])]
    return Table.from_numpy(Domain(variables, DiscreteVariable("Class", tuple(classes))), features, class_indices)


def score_learner(
    table: Table, learner: Learner, foldings: Sequence[np.ndarray], callback: Callback | None = None
) -> Scores:
    """Cross-validate a learner once for each of several choices of folds.

    Parameters
    ----------
    table : Orange.data.Table
    learner : Orange.base.Learner
    foldings : sequence of ndarray of shape (n_images,), int
        Number of each image's fold, from 0.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    Scores
        The same as those of Orange's Test and Score with these folds.
    """
    results = [
        _cross_validate(table, learner, fold_of, _part(callback, number, len(foldings)))
        for number, fold_of in enumerate(foldings)
    ]
    return Scores(
        tuple(float(score) for each in results for score in _fold_accuracies(each)),
        float(np.mean([CA(each)[0] for each in results])),
        float(np.mean([AUC(each)[0] for each in results])),
    )


def _cross_validate(table: Table, learner: Learner, fold_of: np.ndarray, callback: Callback | None) -> Results:
    # Threads that wait for each other at every step make a small problem many times slower where others are busy, too.
    with warnings.catch_warnings(), threadpool_limits(1, "blas"):
        # Orange's widget of the SVM says nothing either of its end after 100 steps.
        warnings.simplefilter("ignore")
        return _GivenFolds(fold_of=fold_of)(table, [learner], callback=callback, suppresses_exceptions=False)


def _fold_accuracies(results: Results) -> list[float]:
    right = results.predicted[0] == results.actual
    return [right[fold].mean() for fold in results.folds]


def _part(callback: Callback | None, number: int, n_parts: int) -> Any:
    return callback and (lambda fraction: callback((number + fraction) / n_parts))
