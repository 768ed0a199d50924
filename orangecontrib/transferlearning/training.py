"""A learner trained on features: its setting chosen by cross-validation, its worth measured on rows kept apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from .errors import SettingError, TrainingError
from .gridsearch import Candidate, GridSearch, choose_values
from .items import Callback, Label
from .learners import Learner, find_learner
from .linear import view_for_linear
from .outcomes import encode_labels
from .slices import move_last
from .splits import choose_test_rows

_N_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class Training:
    """A trained learner, and how good it is.

    Attributes
    ----------
    learner : Learner
    estimator : sklearn estimator
        Fitted on the rows to train on, with the best setting. Takes features as they are (n, n_features), gives places
        in `classes`, or numbers.
    classes : tuple of str
        Empty where numbers are predicted.
    candidates : list of Candidate
        In the order of the grid.
    best : Candidate
    n_train : int
        Rows that were trained on.
    truth, predicted : ndarray of shape (n_test,)
        Of the rows kept for the test: places in `classes`, or numbers.
    n_left_out : int
        Rows without a label.
    n_unfinished : int
        Fits that stopped before they had converged.
    """

    learner: Learner
    estimator: BaseEstimator
    classes: tuple[str, ...]
    candidates: list[Candidate]
    best: Candidate
    n_train: int
    truth: np.ndarray
    predicted: np.ndarray
    n_left_out: int
    n_unfinished: int

    @property
    def is_target(self) -> bool:
        """Whether numbers are predicted."""
        return not self.classes


def train(
    features: np.ndarray,
    labels: Sequence[Label],
    learner: str | None = None,
    *,
    is_target: bool = False,
    grid: Sequence[float] | None = None,
    test_size: float = 0.25,
    n_folds: int = 5,
    seed: int = 0,
    callback: Callback | None = None,
) -> Training:
    """Train a learner on features, with the setting that cross-validates best.

    Part of the rows, of each class its share, is kept for the test. The others choose the setting by cross-validation
    and train the learner that is returned. The same seed gives the same result.

    Parameters
    ----------
    features : ndarray of shape (n, n_features), float32
        Used up (moved, scaled, put in another order), so that they need not be copied: pass a copy to keep them.
    labels : sequence of Label
        Length n; None where there is none.
    learner : str, optional
        ``"logistic"`` (if not given), ``"svm"`` or ``"forest"`` for classes; ``"ridge"`` (if not given), ``"linear"``
        or ``"forest"`` for numbers.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    grid : sequence of float, optional
        Values to try: of C for logistic and svm, of alpha for ridge, of the smallest leaf in pictures for forest.
    test_size : float
        Share of the rows for the test.
    n_folds : int
    seed : int
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    Training

    Raises
    ------
    SettingError
        A learner, grid, test size or number of folds that cannot be.
    TrainingError
        No labels, one class only, too few rows, or features that are not finite.
    """
    chosen = find_learner(learner, is_target)
    values = choose_values(chosen, grid)
    if not 0 < test_size < 1 or n_folds < 2:
        raise SettingError("The test size is a share between 0 and 1, and there are two folds or more.")
    truth, classes = encode_labels(labels, is_target)
    features, numbers = _labelled_rows(np.ascontiguousarray(features, np.float32), truth)
    test = choose_test_rows(truth[numbers], classes, test_size, n_folds, seed)
    n_train = move_last(features, numbers, numbers[test])
    view = view_for_linear(features[:n_train]) if chosen.is_linear else None
    rows = features[:n_train] if view is None else view.rows
    search = GridSearch(
        chosen, values, rows, truth[numbers[:n_train]],
        is_target=is_target, n_folds=n_folds, seed=seed, callback=callback,
    )  # fmt: skip
    candidates = search.score_candidates()
    best = max(candidates, key=lambda candidate: candidate.mean)
    estimator = search.fit_all(best.value)
    if view is not None:
        view.restore(estimator)
    return Training(
        learner=chosen,
        estimator=estimator,
        classes=classes,
        candidates=candidates,
        best=best,
        n_train=n_train,
        truth=truth[numbers[n_train:]],
        predicted=np.asarray(estimator.predict(features[n_train:]), np.float64),
        n_left_out=len(labels) - len(numbers),
        n_unfinished=search.n_unfinished,
    )


def _labelled_rows(features: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the rows that have a label, as a slice, with the number of each; refuse features that are not finite."""
    for start in range(0, len(features), _N_AT_ONCE):
        bad = np.flatnonzero(~np.isfinite(features[start : start + _N_AT_ONCE]).all(axis=1))
        if len(bad):
            raise TrainingError(
                f"Row {start + bad[0] + 1} has features that are not finite numbers: embed its picture again, or leave "
                "it out."
            )
    numbers = np.arange(len(features))
    n_known = move_last(features, numbers, np.flatnonzero(np.isnan(truth)))
    return features[:n_known], numbers[:n_known]
