"""Fit one learner: cross-validate each value of a grid, then fit on all rows with the best value."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, r2_score

from ..errors import SettingError
from ..records import Callback
from .learners import Learner
from .splits import iterate_folds, move_last


@dataclass(frozen=True)
class Candidate:
    """A value of the grid and its scores.

    Attributes
    ----------
    value : float or None
        Value of the learner's parameter; None if it has no parameter.
    scores : tuple of float
        Score in each fold: accuracy (0-1) for classes, R2 for numbers.
    """

    value: float | None
    scores: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean score over the folds."""
        return float(np.mean(self.scores))

    @property
    def spread(self) -> float:
        """Standard deviation of the scores over the folds."""
        return float(np.std(self.scores))


def choose_values(learner: Learner, grid: Sequence[float] | None) -> list[float | None]:
    """Check and sort the values to try.

    Parameters
    ----------
    learner : Learner
    grid : sequence of float or None
        The learner's own grid if None.

    Returns
    -------
    list
        Ascending, each once; ``[None]`` for a learner without a parameter.

    Raises
    ------
    SettingError
        The learner does not accept these values.
    """
    if not learner.parameter:
        if grid is not None:
            raise SettingError(f"{learner.title} has no parameter to choose: leave --grid out.")
        return [None]
    values = sorted(set(learner.grid if grid is None else grid))
    if not values or not 0 < values[0] <= values[-1] < np.inf:
        raise SettingError(
            f"Values of {learner.parameter_title} have to be numbers above 0: for example, --grid 0.1,1,10."
        )
    if learner.parameter == "min_samples_leaf":
        if any(value != int(value) for value in values):
            raise SettingError("The smallest leaf has to be a whole number of images: for example, --grid 1,2,4.")
        return [int(value) for value in values]
    return values


def count_fits(values: Sequence[float | None], n_folds: int) -> int:
    """Count the fits of a search: each value in each fold, and the best one on all rows."""
    return len(values) * n_folds + 1


class GridSearch:
    """A grid search of one learner.

    Rows are swapped in place so that each fold in turn comes last: nothing is copied.

    Parameters
    ----------
    learner : Learner
    values : list
        Values of the learner's parameter, ascending; ``[None]`` if it has no parameter.
    rows : ndarray of shape (n, n_features), float32
        Reordered in place.
    labels : ndarray of shape (n,), float64
        Class indices, or numbers to predict.
    is_target : bool
        Whether labels are numbers to predict.
    n_folds : int
    seed : int
    callback : callable or None
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Attributes
    ----------
    n_unfinished : int
        Number of fits that stopped before they converged.
    """

    def __init__(
        self,
        learner: Learner,
        values: list[float | None],
        rows: np.ndarray,
        labels: np.ndarray,
        *,
        is_target: bool,
        n_folds: int,
        seed: int,
        callback: Callback | None,
    ) -> None:
        self.learner = learner
        self.values = values
        self.is_target = is_target
        self.n_folds = n_folds
        self.seed = seed
        self.callback = callback
        self.n_unfinished = 0
        self._rows = rows
        self._labels = labels
        self._order = np.arange(len(rows))
        self._n_done = 0

    def score_candidates(self) -> list[Candidate]:
        """Cross-validate every value, one fold after the other.

        Returns
        -------
        list of Candidate
            In the order of the values.
        """
        scores = []
        for held_out in iterate_folds(self._labels, self.is_target, self.n_folds, self.seed):
            n_fit = move_last(self._rows, self._order, held_out)
            estimator = self.learner.make(self.seed)
            scores.append([self._score(estimator, value, n_fit) for value in self.values])
        return [
            Candidate(value, tuple(column))
            for value, column in zip(self.values, zip(*scores, strict=True), strict=True)
        ]

    def fit_all(self, value: float | None) -> BaseEstimator:
        """Fit on all rows with one value.

        Returns
        -------
        sklearn estimator
        """
        estimator = self.learner.make(self.seed)
        self._fit(estimator, value, len(self._rows))
        return estimator

    def _score(self, estimator: BaseEstimator, value: float | None, n_fit: int) -> float:
        self._fit(estimator, value, n_fit)
        measure = r2_score if self.is_target else accuracy_score
        return float(measure(self._labels[self._order[n_fit:]], estimator.predict(self._rows[n_fit:])))

    def _fit(self, estimator: BaseEstimator, value: float | None, n_fit: int) -> None:
        if value is not None:
            estimator.set_params(**{self.learner.parameter: value})
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            estimator.fit(self._rows[:n_fit], self._labels[self._order[:n_fit]])
        self.n_unfinished += any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
        self._n_done += 1
        if self.callback:
            self.callback(self._n_done / count_fits(self.values, self.n_folds))
