"""A trained head as an estimator, which can be pickled, copied, and called from any thread."""

from dataclasses import asdict
from typing import Any

import numpy as np

from ..features.saved_features import row_blocks
from ..records import Callback
from .head import HeadArrays, Rows, train_head
from .head_settings import HeadSettings
from .history import History, Tell


class HeadEstimator:
    """A small network that has learned classes or numbers from features; `fit_network` makes it.

    It predicts with NumPy, and neither holds nor loads anything of Keras.

    Parameters
    ----------
    arrays : HeadArrays
        Outputs are probabilities of those classes that it knows, or a number.
    history : History
    settings : HeadSettings
    fillings : ndarray of shape (n_features,), float32
        What stands for a feature that is missing.
    places : ndarray of int, optional
        The class that each output stands for; none where numbers are predicted.
    n_classes : int
        0 where numbers are predicted.
    """

    def __init__(
        self,
        arrays: HeadArrays,
        history: History,
        settings: HeadSettings,
        fillings: np.ndarray,
        places: np.ndarray | None = None,
        n_classes: int = 0,
    ):
        self.history = history
        self.settings = settings
        self.n_classes = n_classes
        self._arrays = arrays
        self._fillings = fillings
        self._places = places

    @property
    def n_weights(self) -> int:
        """Number of trained weights."""
        return self._arrays.n_weights

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return probabilities, float64 of shape (n, n_classes); classes that were not among the images get 0."""
        probabilities = np.zeros((len(features), self.n_classes))
        probabilities[:, self._places] = self._outputs(features)
        return probabilities / probabilities.sum(axis=1, keepdims=True)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return class indices, or numbers, float64 of shape (n,); NaN among features stands for a missing one."""
        if self.n_classes:
            return self.predict_proba(features).argmax(axis=1).astype(float)
        return self._outputs(features)[:, 0].astype(float)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings by their names, as scikit-learn's estimators do."""
        return asdict(self.settings)

    def _outputs(self, features: np.ndarray) -> np.ndarray:
        features = np.array(features, np.float32)
        _fill_gaps(features, self._fillings)
        return self._arrays.predict(features)


def fit_network(
    train: Rows,
    validation: Rows | None = None,
    *,
    n_classes: int = 0,
    settings: HeadSettings = HeadSettings(),  # noqa: B008 - frozen
    callback: Callback | None = None,
    tell: Tell | None = None,
) -> HeadEstimator:
    """Train a small network, whatever classes are among the images and whatever features are missing.

    Parameters
    ----------
    train : Rows
        Float32 features, in which missing ones (NaN) are replaced in place by their column's mean, or 0 in a column
        without any number; and places of classes, or numbers.
    validation : Rows, optional
        Likewise; of classes that are trained on.
    n_classes, settings, callback, tell
        As for `train_head`; there may be more classes than those that have images.

    Returns
    -------
    HeadEstimator

    Raises
    ------
    TrainingError, TransferLearningError
        As for `train_head`.
    """
    fillings = _column_means(train[0])
    sets = [train] if validation is None else [train, validation]
    for features, _ in sets:
        _fill_gaps(features, fillings)
    places = None
    if n_classes:
        places = np.unique(train[1]).astype(int)
        sets = [(features, np.searchsorted(places, targets).astype(float)) for features, targets in sets]
    n_known = 0 if places is None else len(places)
    model, history = train_head(*sets, n_classes=n_known, settings=settings, callback=callback, tell=tell)
    return HeadEstimator(HeadArrays.of_model(model), history, settings, fillings, places, n_classes)


def _column_means(features: np.ndarray) -> np.ndarray:
    """Average what is there in each column, block by block; 0 where nothing is."""
    sums, counts = np.zeros(features.shape[1]), np.zeros(features.shape[1], int)
    for part in row_blocks(features.shape):
        block = features[part]
        sums += np.nansum(block, axis=0, dtype=np.float64)
        counts += (~np.isnan(block)).sum(axis=0)
    return (sums / np.maximum(counts, 1)).astype(np.float32)


def _fill_gaps(features: np.ndarray, fillings: np.ndarray) -> None:
    for part in row_blocks(features.shape):
        block = features[part]
        rows, columns = np.nonzero(np.isnan(block))
        block[rows, columns] = fillings[columns]
