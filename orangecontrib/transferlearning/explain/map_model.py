"""Apply Orange models to averaged feature maps, including the preprocessing of the models."""

from collections.abc import Iterator, Sequence
from copy import copy
from itertools import combinations

import numpy as np
from Orange.base import Model
from Orange.data import Domain, Table, Variable

from ..errors import ModelError
from ..orange.computed_features import feature_of, split_name
from ..orange.feature_attributes import fingerprint_of
from ..orange.finetuned_model import FineTunedModel
from ..orange.model_files import model_domain, model_weights


class MapModel:
    """An Orange model that is applied to arrays of averaged feature maps.

    Parameters
    ----------
    model : Orange.base.Model
        A model that was trained on features, also after Preprocess, PCA or Select Columns of Orange.

    Attributes
    ----------
    fingerprint : str
        Fingerprint of the features.
    weights : str
        Name of the weights, from `Embedder.weights_name`; "" if it is unknown.
    channels : ndarray of shape (n_taken,), int
        Channels of the layer that the model takes.
    column : str
        Name of the column of the images that the model was trained on; "" if it is unknown.
    names : tuple of str
        Names of the classes; for a model that predicts numbers, the name of the target.

    Raises
    ------
    ModelError
        The model predicts several targets, or takes other columns than the features of one image.
    """

    def __init__(self, model: Model) -> None:
        if isinstance(model, FineTunedModel):
            raise ModelError("A fine-tuned network predicts images, not features, and cannot be explained.")
        self.model = model
        made = model_domain(model).class_var
        if made is None:
            raise ModelError("Expected a model that predicts one class or number.")
        self.is_target = made.is_continuous
        self.names: tuple[str, ...] = (made.name,) if self.is_target else tuple(made.values)
        self._taken = list(dict.fromkeys(_sources(model_domain(model).attributes)))
        self.fingerprint = _one_fingerprint(self._taken)
        self.column, channels = _channels(self._taken)
        self.channels = np.array(channels, np.intp)
        features = filter(None, map(feature_of, self._taken))
        self.weights = model_weights(model) or next((each.embedding.weights for each in features), "")

    @property
    def title(self) -> str:
        """Title of the model."""
        return str(getattr(self.model, "name", "") or type(self.model).__name__)

    def table(self, features: np.ndarray) -> Table:
        """Return a table of features for the model.

        Parameters
        ----------
        features : ndarray of shape (n_images, n_channels)
            Features of all channels of the layer.
        """
        return Table.from_numpy(Domain(self._taken), np.asarray(features, np.float64)[:, self.channels])

    def predict(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Predict images.

        Returns
        -------
        values : ndarray of shape (n_images,), float64
            Indices in `names`, or predicted numbers.
        scores : ndarray of shape (n_images, n_names), float64
            Probabilities of the classes, or the predicted numbers.
        """
        table = self.table(features)
        if self.is_target:
            values = np.asarray(self.model(table, Model.Value), np.float64)
            return values, values[:, None]
        values, probabilities = self.model(table, Model.ValueProbs)
        return np.asarray(values, np.float64), np.asarray(probabilities, np.float64)

    @property
    def decides(self) -> bool:
        """True if the model has decision values, not only probabilities."""
        return self.is_target or hasattr(getattr(self.model, "skl_model", None), "decision_function")

    def decide(self, features: np.ndarray) -> np.ndarray:
        """Compute decision values, which are linear in the features if the model is linear.

        Returns
        -------
        ndarray of shape (n_images, n_names), float64
            Decision values, the largest for the predicted class, and NaN for a class without training images; or the
            predicted numbers. All are NaN if the model has no decision values.
        """
        if self.is_target:
            return self.predict(features)[1]
        if not self.decides:
            return np.full((len(features), len(self.names)), np.nan)
        classifier = self.model.skl_model
        found = _decisions(classifier, self.model.data_to_model_domain(self.table(features)).X)
        decisions = np.full((len(found), len(self.names)), np.nan)
        decisions[:, np.asarray(classifier.classes_, np.intp)] = found
        return decisions


def _decisions(classifier: object, rows: np.ndarray) -> np.ndarray:
    """Return the decision values by class, of shape (n_rows, n_classes)."""
    n_classes = len(classifier.classes_)
    if getattr(classifier, "decision_function_shape", "") and n_classes > 2:
        return _sums_of_pairs(classifier, rows)
    found = np.asarray(classifier.decision_function(rows), np.float64)
    return np.column_stack([-found, found]) if found.ndim == 1 else found


def _sums_of_pairs(machine: object, rows: np.ndarray) -> np.ndarray:
    """Return the mean decision of each class of a support vector machine, which decides between two classes at a time.

    scikit-learn's own values by class count won decisions, and are not linear even if the kernel is.
    """
    machine = copy(machine)
    machine.decision_function_shape = "ovo"
    pairs = np.asarray(machine.decision_function(rows), np.float64)
    sums = np.zeros((len(rows), len(machine.classes_)))
    for column, (one, other) in enumerate(combinations(range(sums.shape[1]), 2)):
        sums[:, one] += pairs[:, column]
        sums[:, other] -= pairs[:, column]
    return sums / (sums.shape[1] - 1)


def _sources(variables: Sequence[Variable], seen: set[int] | None = None) -> Iterator[Variable]:
    """Yield the features that variables are computed from, if they were scaled, imputed or projected."""
    seen = set() if seen is None else seen
    for variable in variables:
        compute = variable.compute_value
        shared = getattr(compute, "compute_shared", None)
        projected = getattr(getattr(shared, "projection", None), "pre_domain", None)
        if getattr(compute, "variable", None) is not None:
            yield from _sources([compute.variable], seen)
        elif projected is None:
            yield variable
        elif id(shared) not in seen:
            seen.add(id(shared))
            yield from _sources(projected.attributes, seen)


def _one_fingerprint(variables: Sequence[Variable]) -> str:
    found = {fingerprint_of(variable) for variable in variables}
    if len(found) > 1:
        strange = next((v.name for v in variables if not fingerprint_of(v)), "")
        what = f"{strange} beside features of images" if strange else "features of several networks side by side"
        raise ModelError(f"The model takes {what}; only features of one layer can be explained: train on them alone.")
    if found in (set(), {""}):
        raise ModelError(
            "The model was not trained on features with a fingerprint: train it on the output of Keras Embedding, or "
            "on an HDF5 file of `embed`."
        )
    return found.pop()


def _channels(variables: Sequence[Variable]) -> tuple[str, list[int]]:
    """Return the image column and the indices of features."""
    found: dict[tuple[str, int], Variable] = {}
    for variable in variables:
        feature = feature_of(variable)
        lost = split_name(variable.name, fingerprint_of(variable))
        named = (feature.embedding.column, feature.index) if feature else lost
        if named is None:
            raise ModelError(f"The model takes {variable.name}, which is not a feature of an image.")
        found[named] = variable
    columns = sorted({column for column, _ in found})
    if len(columns) > 1:
        raise ModelError(f"The model takes features of several images a row ({', '.join(columns)}), not of one.")
    return columns[0], [channel for _, channel in found]
