"""What the training of a small network is going to do, settled from the labels alone, before any feature is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .headsettings import HeadSettings
from .items import Label
from .shares import choose_share
from .trainingplan import plan_test


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
        """At most: those that are validated, and those of the training on all rows that follows."""
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
