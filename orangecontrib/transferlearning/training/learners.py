"""Learners on features: records of scikit-learn's estimators and the settings that they try."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import sklearn
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.svm import LinearSVC

from ..errors import SettingError

N_TREES = 100
"""Number of trees of a random forest."""

_KEEPS_FLOAT32 = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)


@dataclass(frozen=True)
class Learner:
    """A way to learn from features.

    Attributes
    ----------
    name : str
        What the user types.
    title : str
    parameter : str
        The estimator's parameter that the grid is about; "" where there is nothing to choose.
    parameter_title : str
        What the parameter is called on the screen.
    grid : tuple of float
        Values that are tried if the user names none.
    copies : float
        Memory that a fit takes at its peak, in multiples of the features that it trains on (float32).
    is_linear : bool
        Whether predictions are ``features @ coef_.T + intercept_``, so that features may be moved, scaled and rotated.
    make : callable
        Makes the unfitted estimator, from the seed of its random numbers.
    """

    name: str
    title: str
    parameter: str
    parameter_title: str
    grid: tuple[float, ...]
    copies: float
    is_linear: bool
    make: Callable[[int], BaseEstimator]

    library_bytes: ClassVar[int] = 0


def _logistic(seed: int) -> BaseEstimator:
    # Warm: along the grid, each fit goes on from the one before.
    return LogisticRegression(max_iter=1000, warm_start=True)


def _svm(seed: int) -> BaseEstimator:
    return LinearSVC(dual="auto", max_iter=10_000, random_state=seed)


def _ridge(seed: int) -> BaseEstimator:
    return Ridge(solver="cholesky")


def _linear(seed: int) -> BaseEstimator:
    return LinearRegression()


def _forest(kind: type[BaseEstimator]) -> Callable[[int], BaseEstimator]:
    return lambda seed: kind(n_estimators=N_TREES, max_features="sqrt", n_jobs=-1, random_state=seed)


_LEAVES = (1, 2, 4, 8)
_CS = (0.01, 0.1, 1, 10, 100)

CLASS_LEARNERS: Mapping[str, Learner] = MappingProxyType(
    {
        each.name: each
        for each in (
            # Before version 1.9, scikit-learn made a float64 copy of the features for each step.
            Learner(
                "logistic", "Logistic regression", "C", "C", _CS, 0.2 if _KEEPS_FLOAT32 else 2.2, True, _logistic
            ),
            # LinearSVC copies to float64, and then keeps each value with its column's number, 16 bytes.
            Learner("svm", "Linear SVM", "C", "C", _CS, 6.2, True, _svm),
            Learner(
                "forest", "Random forest", "min_samples_leaf", "smallest leaf", _LEAVES, 0.4, False,
                _forest(RandomForestClassifier),
            ),
        )
    }
)  # fmt: skip
"""Learners of classes by name; the first is the default."""

TARGET_LEARNERS: Mapping[str, Learner] = MappingProxyType(
    {
        each.name: each
        for each in (
            Learner("ridge", "Ridge regression", "alpha", "alpha", (0.1, 1, 10, 100, 1000), 3.0, True, _ridge),
            Learner("linear", "Linear regression", "", "", (), 3.5, True, _linear),
            Learner(
                "forest", "Random forest", "min_samples_leaf", "smallest leaf", _LEAVES, 0.4, False,
                _forest(RandomForestRegressor),
            ),
        )
    }
)  # fmt: skip
"""Learners of numbers by name; the first is the default."""


def find_learner(name: str | None, is_target: bool) -> Learner:
    """Find the learner of a name, or the usual one.

    Parameters
    ----------
    name : str or None
    is_target : bool
        Whether it is to predict numbers, not classes.

    Returns
    -------
    Learner

    Raises
    ------
    SettingError
        There is none of that name for what is to be predicted.
    """
    learners = TARGET_LEARNERS if is_target else CLASS_LEARNERS
    if name is None:
        return next(iter(learners.values()))
    if name not in learners:
        what = "numbers" if is_target else "classes"
        raise SettingError(f"The labels are {what}, which {name!r} does not predict: choose {', '.join(learners)}.")
    return learners[name]
