"""Trained learners as Orange models, which Load Model opens and Predictions uses."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from Orange.base import SklModel
from Orange.classification.logistic_regression import LogisticRegressionClassifier
from Orange.classification.random_forest import RandomForestClassifier
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, Table
from Orange.regression.linear import LinearModel
from Orange.regression.random_forest import RandomForestRegressor
from Orange.util import dummy_callback

from .featurecolumns import feature_variables
from .modelinput import fit_table, refuse_missing
from .training import Training


class FeatureModel(SklModel):
    """A model that refuses features of another network, layer or setting than those that it was trained on.

    Attributes
    ----------
    fingerprint : str
        Of the features; "" if nobody said, and then nothing is refused.
    weights : str
        Where the weights of their network were found; "" if nobody said.
    """

    fingerprint = ""
    weights = ""

    def data_to_model_domain(self, data: Table, progress_callback: Callable[[float], None] = dummy_callback) -> Table:
        """Take the model's features from a table, or compute them of the pictures that it names.

        Raises
        ------
        DomainTransformationError
            The table has neither; or its features have another fingerprint, and there are no pictures; or one of them
            cannot be read.
        """
        fitting = fit_table(data, self.original_domain, self.fingerprint)
        converted = super().data_to_model_domain(fitting, progress_callback)
        refuse_missing(converted, fitting, self.original_domain)
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
    """Make an Orange model of a trained learner; nothing of what it was trained on is in it.

    Parameters
    ----------
    training : Training
    label_name : str
        Of the class variable.
    feature_names : sequence of str
        Length n_features.
    fingerprint, weights : str
        Of the features, as `Embeddings` has them.

    Returns
    -------
    FeatureModel
        Gives, for a table of such features, what `training.estimator` gives for its numbers.
    """
    model = _KINDS[training.is_target, training.learner.name](training.estimator)
    model.params = training.estimator.get_params()
    model.name = training.learner.title
    describe(model, label_name, training.classes, feature_names, fingerprint, weights)
    return model


def describe(
    model: FeatureModel,
    label_name: str,
    classes: Sequence[str],
    feature_names: Sequence[str],
    fingerprint: str,
    weights: str,
) -> None:
    """Tell a model what the tables look like that it is for.

    Parameters
    ----------
    model : FeatureModel
        Changed in place.
    label_name, feature_names, fingerprint, weights
        As for `make_model`.
    classes : sequence of str
        Empty where numbers are predicted.
    """
    made = DiscreteVariable(label_name, classes) if classes else ContinuousVariable(label_name)
    variables = feature_variables(Domain([], made), feature_names, fingerprint, weights)
    model.domain = model.original_domain = Domain(variables, made)
    model.used_vals = [np.arange(len(classes))] if classes else None
    model.fingerprint = fingerprint
    model.weights = weights
