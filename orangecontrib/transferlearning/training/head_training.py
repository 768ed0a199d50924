"""A small network trained on features for as many epochs as validation tells, and tested on rows kept apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..records import Callback, Label
from .head import Rows
from .head_estimator import HeadEstimator, fit_network
from .head_settings import HeadSettings
from .history import History, Tell
from .plan import plan_test
from .splits import choose_share, move_last
from .training import check_features_vary, keep_labelled


@dataclass(frozen=True, eq=False)
class NetworkPlan:
    """A small network's settings, and the rows that it is validated and tested on.

    Attributes
    ----------
    title : str
    copies : float
        As a `Learner` has it.
    library_bytes : int
        Of TensorFlow.
    settings : HeadSettings
    truth : ndarray of shape (n,), float64
        Places in `classes`, or numbers; NaN where there is no label.
    classes : tuple of str
        Empty where numbers are predicted.
    test, validation : ndarray of int
        Numbers of the rows, sorted.
    """

    title: ClassVar[str] = "Small network"
    copies: ClassVar[float] = 0.5
    library_bytes: ClassVar[int] = 450 * 2**20

    settings: HeadSettings
    truth: np.ndarray
    classes: tuple[str, ...]
    test: np.ndarray
    validation: np.ndarray

    @property
    def n_epochs(self) -> int:
        """Number of epochs, at most: with validation, and then on all rows."""
        return self.settings.epochs * (2 if len(self.validation) else 1)


def plan_network(
    labels: Sequence[Label],
    settings: HeadSettings = HeadSettings(),  # noqa: B008 - frozen
    *,
    is_target: bool = False,
    test_size: float = 0.25,
    validation_size: float = 0.2,
) -> NetworkPlan:
    """Choose the rows for the test and for validation; refuse labels that cannot be trained on.

    Parameters
    ----------
    labels : sequence of Label
        None where there is none.
    settings : HeadSettings
        With the seed of the choice; the test is that of `training.train` with the same seed.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    test_size : float
        Share of the rows for the test.
    validation_size : float
        Share of the others that tells how many epochs to train; 0 to train all of them.

    Returns
    -------
    NetworkPlan

    Raises
    ------
    SettingError
        A share that cannot be.
    TrainingError
        No labels, one class only, or too few rows.
    """
    truth, classes, test = plan_test(labels, is_target=is_target, test_size=test_size, n_folds=1, seed=settings.seed)
    rest = np.setdiff1d(np.flatnonzero(~np.isnan(truth)), test)
    validation = rest[choose_share(truth[rest], is_target, validation_size, settings.seed)]
    return NetworkPlan(settings, truth, classes, test, validation)


@dataclass(frozen=True, eq=False)
class NetworkTraining:
    """A trained small network, and how good it is.

    Attributes
    ----------
    network : HeadEstimator
        Trained on all rows but those of the test.
    history : History
        Of the training that was validated.
    classes : tuple of str
        Empty where numbers are predicted.
    n_train, n_validation : int
        Rows of the training that was validated.
    test : ndarray of shape (n_test,), int
        Numbers, among the features as given, of the rows kept for the test.
    truth, predicted : ndarray of shape (n_test,)
        Of these: places in `classes`, or numbers.
    n_left_out : int
        Rows without a label.
    """

    title: ClassVar[str] = NetworkPlan.title

    network: HeadEstimator
    history: History
    classes: tuple[str, ...]
    n_train: int
    n_validation: int
    test: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    n_left_out: int


def train_network(
    plan: NetworkPlan,
    features: np.ndarray,
    callback: Callback | None = None,
    tell: Tell | None = None,
) -> NetworkTraining:
    """Train a small network on features as it was planned.

    Rows kept for validation tell which epoch is best; then the network is trained anew, that long, on these rows, too.
    The same plan gives the same result on the same machine.

    Parameters
    ----------
    plan : NetworkPlan
    features : ndarray of shape (n, n_features), float32
        Used up (put in another order), so that they need not be copied: pass a copy to keep them.
    callback : callable, optional
        Called with the fraction done of `NetworkPlan.n_epochs`, 0-1; may raise `Cancelled`.
    tell : callable, optional
        Called with each epoch.

    Returns
    -------
    NetworkTraining

    Raises
    ------
    TrainingError
        Features that are not finite, the same for all, or not as many rows as labels; or too large a learning rate.
    """
    features, numbers = keep_labelled(np.ascontiguousarray(features, np.float32), plan.truth)
    n_rest = move_last(features, numbers, plan.test)
    check_features_vary(features[:n_rest])
    move_last(features[:n_rest], numbers[:n_rest], plan.validation)
    rest = features[:n_rest], plan.truth[numbers[:n_rest]]
    network, history = _fit(plan, rest, callback, tell)
    return NetworkTraining(
        network=network,
        history=history,
        classes=plan.classes,
        n_train=n_rest - len(plan.validation),
        n_validation=len(plan.validation),
        test=numbers[n_rest:],
        truth=plan.truth[numbers[n_rest:]],
        predicted=network.predict(features[n_rest:]),
        n_left_out=len(plan.truth) - len(numbers),
    )


def _fit(plan: NetworkPlan, rest: Rows, callback: Callback | None, tell: Tell | None) -> tuple[HeadEstimator, History]:
    """Train on all rows but the test's, the last of which are those for validation."""

    def fit(rows: Rows, validation: Rows | None, n_epochs: int, n_before: int) -> HeadEstimator:
        def count(fraction: float) -> None:
            if callback:
                callback((n_before + fraction * n_epochs) / plan.n_epochs)

        settings = replace(plan.settings, epochs=n_epochs)
        return fit_network(rows, validation, n_classes=len(plan.classes), settings=settings, callback=count, tell=tell)

    n_most = plan.settings.epochs
    if not len(plan.validation):
        network = fit(rest, None, n_most, 0)
        return network, network.history
    (features, truth), n_train = rest, len(rest[0]) - len(plan.validation)
    history = fit((features[:n_train], truth[:n_train]), (features[n_train:], truth[n_train:]), n_most, 0).history
    return fit(rest, None, history.kept + 1, n_most), history
