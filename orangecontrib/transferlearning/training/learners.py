"""Learners on features: scikit-learn's estimators, and the values of their parameter to try."""

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
    """A learner on features: an estimator and the values of its parameter to try.

    Attributes
    ----------
    name : str
        Name on the command line.
    title : str
    parameter : str
        The estimator's parameter that the grid is for; "" if there is none.
    parameter_title : str
        Name of the parameter in texts.
    grid : tuple of float
        Values to try if the user gives none.
    copies : float
        Peak memory of a fit, as a multiple of the size of the training features (float32).
    is_linear : bool
        Whether predictions are ``features @ coef_.T + intercept_``, so that features can be shifted, scaled, rotated.
    make : callable
        Returns an unfitted estimator, given the seed of its random numbers.
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
    # Each fit along the grid starts from the one before.
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
"""Learners that predict classes, by name; the first is the default."""

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
"""Learners that predict numbers, by name; the first is the default."""


def find_learner(name: str | None, is_target: bool) -> Learner:
    """Return the learner with a name, or the default one.

    Parameters
    ----------
    name : str or None
    is_target : bool
        Whether to predict numbers, not classes.

    Returns
    -------
    Learner

    Raises
    ------
    SettingError
        No learner with this name predicts what is wanted.
    """
    learners = TARGET_LEARNERS if is_target else CLASS_LEARNERS
    if name is None:
        return next(iter(learners.values()))
    if name not in learners:
        predicted = "numbers" if is_target else "classes"
        raise SettingError(
            f"The labels are {predicted}, which {name!r} does not predict: choose one of {', '.join(learners)}."
        )
    return learners[name]
