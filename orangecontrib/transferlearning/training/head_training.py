"""Train a head on features for the number of epochs that validates best, and test it on rows kept for the test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..records import Callback, Label
from .head import HeadRows
from .head_estimator import HeadEstimator, fit_head
from .head_settings import HeadSettings
from .history import EpochCallback, History
from .plan import plan_test
from .splits import choose_share, move_last
from .training import check_features_vary, keep_labeled


@dataclass(frozen=True, eq=False)
class HeadPlan:
    """A head's settings, and the rows that it is validated and tested on.

    Attributes
    ----------
    title : str
    copies : float
        As in `Learner`.
    library_bytes : int
        Memory that TensorFlow takes.
    settings : HeadSettings
    truth : ndarray of shape (n,), float64
        Class indices or numbers; NaN without a label.
    classes : tuple of str
        Empty if numbers are predicted.
    test, validation : ndarray of int
        Row numbers, sorted.
    """

    title: ClassVar[str] = "Head"
    copies: ClassVar[float] = 0.5
    library_bytes: ClassVar[int] = 450 * 2**20

    settings: HeadSettings
    truth: np.ndarray
    classes: tuple[str, ...]
    test: np.ndarray
    validation: np.ndarray

    @property
    def n_epochs(self) -> int:
        """Largest number of epochs: those with validation, and those on all rows."""
        return self.settings.epochs * (2 if len(self.validation) else 1)


def plan_head(
    labels: Sequence[Label],
    settings: HeadSettings = HeadSettings(),  # noqa: B008 - frozen
    *,
    is_target: bool = False,
    test_size: float = 0.25,
    validation_size: float = 0.2,
) -> HeadPlan:
    """Choose the rows for the test and for validation, and check that the labels can be trained on.

    Parameters
    ----------
    labels : sequence of Label
        None for a row without a label.
    settings : HeadSettings
        Its seed chooses the rows; `training.train` chooses the same test rows with the same seed.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    test_size : float
        Share of the rows for the test.
    validation_size : float
        Share of the other rows that decides the number of epochs; 0 to train all epochs.

    Returns
    -------
    HeadPlan

    Raises
    ------
    SettingError
        A share is out of range.
    TrainingError
        There are no labels, one class only, or too few rows.
    """
    truth, classes, test = plan_test(labels, is_target=is_target, test_size=test_size, n_folds=1, seed=settings.seed)
    rest = np.setdiff1d(np.flatnonzero(~np.isnan(truth)), test)
    validation = rest[choose_share(truth[rest], is_target, validation_size, settings.seed)]
    return HeadPlan(settings, truth, classes, test, validation)


@dataclass(frozen=True, eq=False)
class HeadTraining:
    """A trained head and its test.

    Attributes
    ----------
    head : HeadEstimator
        Trained on all rows except the test rows.
    history : History
        Epochs of the training with validation.
    classes : tuple of str
        Empty if numbers are predicted.
    n_train, n_validation : int
        Number of rows of the training with validation.
    test : ndarray of shape (n_test,), int
        Numbers of the test rows in the features as given.
    truth, predicted : ndarray of shape (n_test,)
        Class indices or numbers of the test rows.
    n_left_out : int
        Number of rows without a label.
    """

    title: ClassVar[str] = HeadPlan.title

    head: HeadEstimator
    history: History
    classes: tuple[str, ...]
    n_train: int
    n_validation: int
    test: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    n_left_out: int


def train_planned_head(
    plan: HeadPlan,
    features: np.ndarray,
    callback: Callback | None = None,
    tell: EpochCallback | None = None,
) -> HeadTraining:
    """Train a head on features as planned.

    The validation rows decide which epoch is best. Then the head is trained again for that many epochs, also on the
    validation rows.
    The same plan gives the same result on the same machine.

    Parameters
    ----------
    plan : HeadPlan
    features : ndarray of shape (n, n_features), float32
        Reordered in place, so that they are not copied: pass a copy to keep them.
    callback : callable, optional
        Called with the fraction done of `HeadPlan.n_epochs`, 0-1; may raise `Cancelled`.
    tell : callable, optional
        Called with each epoch.

    Returns
    -------
    HeadTraining

    Raises
    ------
    TrainingError
        Features are not finite or the same for all images, there are not as many rows as labels, or the learning rate
        is too large.
    """
    features, numbers = keep_labeled(np.ascontiguousarray(features, np.float32), plan.truth)
    n_rest = move_last(features, numbers, plan.test)
    check_features_vary(features[:n_rest])
    move_last(features[:n_rest], numbers[:n_rest], plan.validation)
    rest = features[:n_rest], plan.truth[numbers[:n_rest]]
    head, history = _fit(plan, rest, callback, tell)
    return HeadTraining(
        head=head,
        history=history,
        classes=plan.classes,
        n_train=n_rest - len(plan.validation),
        n_validation=len(plan.validation),
        test=numbers[n_rest:],
        truth=plan.truth[numbers[n_rest:]],
        predicted=head.predict(features[n_rest:]),
        n_left_out=len(plan.truth) - len(numbers),
    )


def _fit(
    plan: HeadPlan, rest: HeadRows, callback: Callback | None, tell: EpochCallback | None
) -> tuple[HeadEstimator, History]:
    """Train on all rows except the test rows; the validation rows come last."""

    def fit(rows: HeadRows, validation: HeadRows | None, n_epochs: int, n_before: int) -> HeadEstimator:
        def report(fraction: float) -> None:
            if callback:
                callback((n_before + fraction * n_epochs) / plan.n_epochs)

        settings = replace(plan.settings, epochs=n_epochs)
        return fit_head(rows, validation, n_classes=len(plan.classes), settings=settings, callback=report, tell=tell)

    n_epochs = plan.settings.epochs
    if not len(plan.validation):
        head = fit(rest, None, n_epochs, 0)
        return head, head.history
    (features, truth), n_train = rest, len(rest[0]) - len(plan.validation)
    history = fit((features[:n_train], truth[:n_train]), (features[n_train:], truth[n_train:]), n_epochs, 0).history
    return fit(rest, None, history.kept + 1, n_epochs), history
