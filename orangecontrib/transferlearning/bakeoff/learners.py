"""Orange's learners with the defaults of their widgets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from Orange.base import Learner


@dataclass(frozen=True)
class OrangeLearner:
    """A learner of Orange, set as its widget is when it is opened.

    Attributes
    ----------
    name : str
        Name on the command line.
    title : str
        Name that users see, that of the widget.
    make : callable
        Returns the learner.
    """

    name: str
    title: str
    make: Callable[[], "Learner"]


def _logistic() -> "Learner":
    from Orange.classification import LogisticRegressionLearner

    return LogisticRegressionLearner(penalty="l2", C=1, max_iter=10_000, random_state=0)


def _svm() -> "Learner":
    from Orange.classification import SVMLearner

    learner = SVMLearner(C=1.0, kernel="rbf", gamma="auto", probability=True, tol=0.001, max_iter=100)
    # Its probabilities, and with them the AUC, would differ a little from run to run.
    learner.params["random_state"] = 0
    return learner


def _forest() -> "Learner":
    from Orange.modelling import RandomForestLearner

    # With "Replicable training", which is off at first: the same numbers in each run.
    return RandomForestLearner(n_estimators=10, min_samples_split=5, random_state=0)


def _knn() -> "Learner":
    from Orange.modelling import KNNLearner

    return KNNLearner(n_neighbors=5, metric="euclidean", weights="uniform")


LEARNERS: Mapping[str, OrangeLearner] = MappingProxyType(
    {
        each.name: each
        for each in (
            OrangeLearner("logistic", "Logistic Regression", _logistic),
            OrangeLearner("svm", "SVM", _svm),
            OrangeLearner("forest", "Random Forest", _forest),
            OrangeLearner("knn", "kNN", _knn),
        )
    }
)
"""Learners by name; the first is the default."""
