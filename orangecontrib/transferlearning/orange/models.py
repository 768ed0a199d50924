"""Orange models of trained learners and heads, for Load Model and Predictions."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import scipy.sparse as sp
from Orange.base import SklModel
from Orange.classification.logistic_regression import LogisticRegressionClassifier
from Orange.classification.random_forest import RandomForestClassifier
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, Table
from Orange.regression.linear import LinearModel
from Orange.regression.random_forest import RandomForestRegressor
from Orange.util import dummy_callback

from ..training.head_estimator import HeadEstimator
from ..training.history import History
from ..training.training import Training
from .feature_columns import feature_variables
from .model_input import check_complete, fit_table


class FeatureModel(SklModel):
    """A model of features that refuses features with another fingerprint than that of its training.

    Attributes
    ----------
    fingerprint : str
        Fingerprint of the features; "" if it is unknown, and then any features are accepted.
    weights : str
        Name of the weights, from `Embedder.weights_name`; "" if it is unknown.
    """

    fingerprint = ""
    weights = ""

    def data_to_model_domain(self, data: Table, progress_callback: Callable[[float], None] = dummy_callback) -> Table:
        """Take the features of the model from a table, or compute them from its images.

        Raises
        ------
        DomainTransformationError
            The table has neither features with this fingerprint nor images, or an image cannot be read.

        """
        fitting = fit_table(data, self.original_domain, self.fingerprint)
        converted = super().data_to_model_domain(fitting, progress_callback)
        check_complete(converted, fitting, self.original_domain)
        return converted


class LogisticModel(FeatureModel, LogisticRegressionClassifier):
    """Logistic regression on features."""


class ForestModel(FeatureModel, RandomForestClassifier):
    """A random forest for classes on features."""


class LinearTargetModel(FeatureModel, LinearModel):
    """Linear or ridge regression on features."""


class ForestTargetModel(FeatureModel, RandomForestRegressor):
    """A random forest for numbers on features."""


_KINDS: Mapping[tuple[bool, str], type[FeatureModel]] = MappingProxyType(
    {
        (False, "logistic"): LogisticModel,
        (False, "svm"): FeatureModel,
        (False, "forest"): ForestModel,
        (True, "ridge"): LinearTargetModel,
        (True, "linear"): LinearTargetModel,
        (True, "forest"): ForestTargetModel,
    }
)


def make_model(
    training: Training, label_name: str, feature_names: Sequence[str], fingerprint: str = "", weights: str = ""
) -> FeatureModel:
    """Make an Orange model of a trained learner; it holds no training data.

    Parameters
    ----------
    training : Training
    label_name : str
        Name of the class variable.
    feature_names : sequence of str
        Names of the features, length n_features.
    fingerprint, weights : str
        As in `Embeddings`.

    Returns
    -------
    FeatureModel
        A model that predicts tables of features as `training.estimator` predicts arrays.
    """
    model = _KINDS[training.is_target, training.learner.name](training.estimator)
    model.params = training.estimator.get_params()
    model.name = training.learner.title
    set_domain(model, label_name, training.classes, feature_names, fingerprint, weights)
    return model


def set_domain(
    model: FeatureModel,
    label_name: str,
    classes: Sequence[str],
    feature_names: Sequence[str],
    fingerprint: str,
    weights: str,
) -> None:
    """Set the domain of a model.

    Parameters
    ----------
    model : FeatureModel
        The model, which is changed.
    label_name, feature_names, fingerprint, weights
        As for `make_model`.
    classes : sequence of str
        Names of the classes; empty if numbers are predicted.
    """
    made = DiscreteVariable(label_name, classes) if classes else ContinuousVariable(label_name)
    variables = feature_variables(Domain([], made), feature_names, fingerprint, weights)
    model.domain = model.original_domain = Domain(variables, made)
    model.used_vals = [np.arange(len(classes))] if classes else None
    model.fingerprint = fingerprint
    model.weights = weights


class HeadModel(FeatureModel):
    """A head on features, `skl_model`; it predicts classes with probabilities, or numbers.

    A pickle holds nothing of the table that it was trained on.
    """

    @property
    def history(self) -> History:
        """Scores of each epoch of its training."""
        return self.skl_model.history

    def predict(self, X: Any) -> np.ndarray | tuple[np.ndarray, np.ndarray]:  # noqa: N803 - Orange's name
        """Predict rows of features.

        Parameters
        ----------
        X : ndarray or sparse matrix of shape (n, n_features)
            Features, with NaN for missing values.

        Returns
        -------
        numbers : ndarray of shape (n,), float64
            Predictions of a continuous target.
        values, probabilities : ndarrays of shape (n,) and (n, n_values), float64
            Predictions of a class; one column for each value, with 0 for values without training images.
        """
        features = X.toarray() if sp.issparse(X) else X
        if not self.skl_model.n_classes:
            return self.skl_model.predict(features)
        probabilities = self.skl_model.predict_proba(features)
        return probabilities.argmax(axis=1).astype(float), probabilities

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "instances"}


def make_head_model(
    head: HeadEstimator,
    label_name: str,
    classes: Sequence[str],
    feature_names: Sequence[str],
    fingerprint: str = "",
    weights: str = "",
) -> HeadModel:
    """Make an Orange model of a head.

    Parameters
    ----------
    head : HeadEstimator
    label_name : str
        Name of the class variable.
    classes : sequence of str
        Names of the classes; empty if numbers are predicted.
    feature_names : sequence of str
        Names of the features, length n_features.
    fingerprint, weights : str
        As in `Embeddings`.

    Returns
    -------
    HeadModel
    """
    model = HeadModel(head)
    model.params = head.get_params()
    model.name = "Head"
    set_domain(model, label_name, classes, feature_names, fingerprint, weights)
    return model
