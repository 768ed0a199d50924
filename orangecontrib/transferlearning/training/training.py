"""Train a learner on features: choose its setting by cross-validation, and score it on rows kept for the test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from ..errors import TrainingError
from ..records import Callback, Label
from .grid_search import Candidate, GridSearch
from .learners import Learner
from .linear_view import view_for_linear
from .plan import Plan, plan_training
from .splits import move_last, parts


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
    def title(self) -> str:
        """Title of the learner."""
        return self.learner.title

    @property
    def is_target(self) -> bool:
        """True if numbers are predicted."""
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
        Values to try: of C for logistic and svm, of alpha for ridge, of the smallest leaf in images for forest.
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
        No labels, one class only, too few rows, or features that are not finite or the same for all.
    """
    settings = {"is_target": is_target, "grid": grid, "test_size": test_size, "n_folds": n_folds, "seed": seed}
    return train_planned(plan_training(labels, learner, **settings), features, callback)


def train_planned(plan: Plan, features: np.ndarray, callback: Callback | None = None) -> Training:
    """Train a learner on features as it was planned.

    Parameters
    ----------
    plan : Plan
    features : ndarray of shape (n, n_features), float32
        Used up, as by `train`.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    Training

    Raises
    ------
    TrainingError
        Features that are not finite, the same for all, or not as many rows as labels.
    """
    features, numbers = keep_labelled(np.ascontiguousarray(features, np.float32), plan.truth)
    n_train = move_last(features, numbers, plan.test)
    check_features_vary(features[:n_train])
    truth = plan.truth[numbers]
    estimator, candidates, n_unfinished = _search(plan, features[:n_train], truth[:n_train], callback)
    return Training(
        learner=plan.learner,
        estimator=estimator,
        classes=plan.classes,
        candidates=candidates,
        best=_best(candidates),
        n_train=n_train,
        truth=truth[n_train:],
        predicted=np.asarray(estimator.predict(features[n_train:]), np.float64),
        n_left_out=len(plan.truth) - len(numbers),
        n_unfinished=n_unfinished,
    )


def _search(
    plan: Plan, features: np.ndarray, truth: np.ndarray, callback: Callback | None
) -> tuple[BaseEstimator, list[Candidate], int]:
    """Cross-validate the values and fit with the best one; gives the count of fits that did not converge, too."""
    view = view_for_linear(features) if plan.learner.is_linear else None
    search = GridSearch(
        plan.learner, plan.values, features if view is None else view.rows, truth,
        is_target=not plan.classes, n_folds=plan.n_folds, seed=plan.seed, callback=callback,
    )  # fmt: skip
    candidates = search.score_candidates()
    estimator = search.fit_all(_best(candidates).value)
    if view is not None:
        view.restore(estimator)
    return estimator, candidates, search.n_unfinished


def _best(candidates: list[Candidate]) -> Candidate:
    return max(candidates, key=lambda candidate: candidate.mean)


def keep_labelled(features: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that have a label, as a slice, with the number of each; the others are moved to the end.

    Raises
    ------
    TrainingError
        A row has features that are not finite, or there are not as many rows as labels.
    """
    if len(features) != len(truth):
        raise TrainingError(f"Expected a label or None for each of {len(features)} images, received {len(truth)}.")
    for part in parts(len(features)):
        bad = np.flatnonzero(~np.isfinite(features[part]).all(axis=1))
        if len(bad):
            raise TrainingError(
                f"Row {part.start + bad[0] + 1} has features that are not finite numbers: embed its image again, or "
                "leave it out."
            )
    numbers = np.arange(len(features))
    n_known = move_last(features, numbers, np.flatnonzero(np.isnan(truth)))
    return features[:n_known], numbers[:n_known]


def check_features_vary(features: np.ndarray) -> None:
    """Refuse rows to train on that are all the same.

    Raises
    ------
    TrainingError
    """
    if all((features[part] == features[0]).all() for part in parts(len(features))):
        raise TrainingError(
            f"All {len(features)} images to train on have the same features, which tell nothing apart: are the "
            "images all the same, or the network's weights damaged?"
        )
