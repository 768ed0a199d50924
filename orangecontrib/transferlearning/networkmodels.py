"""Small networks as Orange models, which Load Model opens and Predictions uses."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from .history import History
from .models import FeatureModel, describe
from .smallnetwork import SmallNetwork


class NetworkModel(FeatureModel):
    """A small network on features, `skl_model`; it predicts classes with probabilities, or numbers.

    Of the table that it was trained on, nothing goes into a pickle.
    """

    @property
    def history(self) -> History:
        """What each epoch of its training gave."""
        return self.skl_model.history

    def predict(self, X: Any) -> np.ndarray | tuple[np.ndarray, np.ndarray]:  # noqa: N803 - Orange's name
        """Predict rows of features.

        Parameters
        ----------
        X : ndarray or sparse matrix of shape (n, n_features)
            NaN stands for a missing one.

        Returns
        -------
        numbers : ndarray of shape (n,), float64
            Of a continuous target.
        values, probabilities : ndarrays of shape (n,) and (n, n_values), float64
            Of a class; one column for every value, 0 for those without pictures.
        """
        features = X.toarray() if sp.issparse(X) else X
        if not self.skl_model.n_classes:
            return self.skl_model.predict(features)
        probabilities = self.skl_model.predict_proba(features)
        return probabilities.argmax(axis=1).astype(float), probabilities

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "instances"}


def make_network_model(
    network: SmallNetwork,
    label_name: str,
    classes: Sequence[str],
    feature_names: Sequence[str],
    fingerprint: str = "",
    weights: str = "",
) -> NetworkModel:
    """Make an Orange model of a small network.

    Parameters
    ----------
    network : SmallNetwork
    label_name : str
        Of the class variable.
    classes : sequence of str
        Empty where numbers are predicted.
    feature_names : sequence of str
        Length n_features.
    fingerprint, weights : str
        Of the features, as `Embeddings` has them.

    Returns
    -------
    NetworkModel
    """
    model = NetworkModel(network)
    model.params = network.get_params()
    model.name = "Small network"
    describe(model, label_name, classes, feature_names, fingerprint, weights)
    return model
