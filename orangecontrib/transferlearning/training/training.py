"""Train a learner on features: choose its parameter by cross-validation, and test it on rows kept for the test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from ..errors import TrainingError
from ..plurals import pl
from ..records import Callback, Label
from .grid_search import Candidate, GridSearch
from .learners import Learner
from .linear_view import view_for_linear
from .plan import Plan, plan_training
from .splits import move_last, parts


@dataclass(frozen=True, eq=False)
class Training:
    """A trained learner and its test.

    Attributes
    ----------
    learner : Learner
    estimator : sklearn estimator
        Fitted on the training rows with the best value. It predicts class indices or numbers from features of shape
        (n, n_features).
    classes : tuple of str
        Empty if numbers are predicted.
    candidates : list of Candidate
        In the order of the grid.
    best : Candidate
    n_train : int
        Number of training rows.
    truth, predicted : ndarray of shape (n_test,)
        Class indices or numbers of the test rows.
    n_left_out : int
        Number of rows without a label.
    n_unfinished : int
        Number of fits that stopped before they converged.
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
    """Train a learner on features with the value that cross-validates best.

    The same share of each class is kept for the test. The other rows choose the value by cross-validation and train
    the learner that is returned. The same seed gives the same result.

    Parameters
    ----------
    features : ndarray of shape (n, n_features), float32
        Shifted, scaled and reordered in place, so that they are not copied: pass a copy to keep them.
    labels : sequence of Label
        Length n; None for a row without a label.
    learner : str, optional
        ``"logistic"`` (default), ``"svm"`` or ``"forest"`` for classes; ``"ridge"`` (default), ``"linear"`` or
        ``"forest"`` for numbers.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    grid : sequence of float, optional
        Values to try: C for logistic and svm, alpha for ridge, images in the smallest leaf for forest.
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
        The learner, grid, test size or number of folds is not valid.
    TrainingError
        There are no labels, one class only or too few rows, or features are not finite or the same for all images.
    """
    settings = {"is_target": is_target, "grid": grid, "test_size": test_size, "n_folds": n_folds, "seed": seed}
    return train_planned(plan_training(labels, learner, **settings), features, callback)


def train_planned(plan: Plan, features: np.ndarray, callback: Callback | None = None) -> Training:
    """Train a learner on features as planned.

    Parameters
    ----------
    plan : Plan
    features : ndarray of shape (n, n_features), float32
        Changed in place, as by `train`.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    Training

    Raises
    ------
    TrainingError
        Features are not finite or the same for all images, or there are not as many rows as labels.
    """
    features, numbers = keep_labeled(np.ascontiguousarray(features, np.float32), plan.truth)
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
    """Cross-validate the values and fit with the best; return estimator, scores and number of unfinished fits."""
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


def keep_labeled(features: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move the rows without a label to the end; return the other rows, as a slice, and their numbers.

    Raises
    ------
    TrainingError
        Features are not finite, or there are not as many rows as labels.
    """
    if len(features) != len(truth):
        raise TrainingError(
            f"Expected a label or None for each of {len(features)} {pl(len(features), 'image')}, received {len(truth)}."
        )
    for part in parts(len(features)):
        bad = np.flatnonzero(~np.isfinite(features[part]).all(axis=1))
        if len(bad):
            raise TrainingError(
                f"Row {part.start + bad[0] + 1} has features that are not finite numbers: embed its image again, or "
                "leave it out."
            )
    numbers = np.arange(len(features))
    n_labeled = move_last(features, numbers, np.flatnonzero(np.isnan(truth)))
    return features[:n_labeled], numbers[:n_labeled]


def check_features_vary(features: np.ndarray) -> None:
    """Check that the training rows are not all the same.

    Raises
    ------
    TrainingError
        All rows have the same features.
    """
    if all((features[part] == features[0]).all() for part in parts(len(features))):
        raise TrainingError(
            f"All {len(features)} images to train on have the same features: check that the images differ and "
            "that the network's weights are not damaged."
        )
