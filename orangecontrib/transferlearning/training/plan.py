"""Plan a training from the labels alone, before any feature is read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import SettingError
from ..records import Label
from .grid_search import choose_values, count_fits
from .label_encoding import encode_labels
from .learners import Learner, find_learner
from .splits import choose_test_rows


@dataclass(frozen=True, eq=False)
class Plan:
    """A planned training: a learner, the values to try, and the rows for the test.

    Attributes
    ----------
    learner : Learner
    values : list
        Values of the learner's parameter, ascending; ``[None]`` if it has no parameter.
    truth : ndarray of shape (n,), float64
        Class indices or numbers; NaN without a label.
    classes : tuple of str
        Empty if numbers are predicted.
    test : ndarray of int
        Row numbers of the test, sorted.
    n_folds : int
    seed : int
    """

    learner: Learner
    values: list[float | None]
    truth: np.ndarray
    classes: tuple[str, ...]
    test: np.ndarray
    n_folds: int
    seed: int

    @property
    def n_fits(self) -> int:
        """Number of fits of the learner."""
        return count_fits(self.values, self.n_folds)


def plan_training(
    labels: Sequence[Label],
    learner: str | None = None,
    *,
    is_target: bool = False,
    grid: Sequence[float] | None = None,
    test_size: float = 0.25,
    n_folds: int = 5,
    seed: int = 0,
) -> Plan:
    """Choose a learner, the values to try and the rows for the test, and check that the labels can be trained on.

    Parameters
    ----------
    labels : sequence of Label
        None for a row without a label.
    learner, is_target, grid, test_size, n_folds, seed
        As for `training.train`.

    Returns
    -------
    Plan

    Raises
    ------
    SettingError
        The learner, grid, test size or number of folds is not valid.
    TrainingError
        There are no labels, one class only, or too few rows.
    """
    chosen = find_learner(learner, is_target)
    values = choose_values(chosen, grid)
    if n_folds < 2:
        raise SettingError(f"The number of folds has to be 2 or more, not {n_folds}.")
    truth, classes, test = plan_test(labels, is_target=is_target, test_size=test_size, n_folds=n_folds, seed=seed)
    return Plan(chosen, values, truth, classes, test, n_folds, seed)


def plan_test(
    labels: Sequence[Label], *, is_target: bool, test_size: float, n_folds: int, seed: int
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """Choose the rows for the test: the same for every learner with the same labels and seed.

    Parameters
    ----------
    labels, is_target, test_size, seed
        As for `training.train`.
    n_folds : int
        Number of folds of the other rows; 1 without folds.

    Returns
    -------
    truth : ndarray of shape (n,), float64
    classes : tuple of str
    test : ndarray of int
        All three as in `Plan`.

    Raises
    ------
    SettingError
        The test size is out of range.
    TrainingError
        There are no labels, one class only, or too few rows.
    """
    if not 0 < test_size < 1:
        raise SettingError(f"The test size has to be between 0 and 1, not {test_size:g}.")
    truth, classes = encode_labels(labels, is_target)
    labeled = np.flatnonzero(~np.isnan(truth))
    return truth, classes, labeled[choose_test_rows(truth[labeled], classes, test_size, n_folds, seed)]
