"""Train a head as an estimator, which can be pickled, copied and called from any thread."""

from dataclasses import asdict
from typing import Any

import numpy as np

from ..features.saved_features import row_blocks
from ..records import Callback
from .head import HeadArrays, HeadRows, train_head
from .head_settings import HeadSettings
from .history import EpochCallback, History


class HeadEstimator:
    """A trained head that predicts classes or numbers from features; `fit_head` makes it.

    It predicts with NumPy and does not load Keras.

    Parameters
    ----------
    arrays : HeadArrays
        Its outputs are probabilities of the classes that were trained on, or a number.
    history : History
    settings : HeadSettings
    fill_values : ndarray of shape (n_features,), float32
        Values that replace missing features.
    class_indices : ndarray of int, optional
        Class index of each output; None if numbers are predicted.
    n_classes : int
        0 if numbers are predicted.
    """

    def __init__(
        self,
        arrays: HeadArrays,
        history: History,
        settings: HeadSettings,
        fill_values: np.ndarray,
        class_indices: np.ndarray | None = None,
        n_classes: int = 0,
    ):
        self.history = history
        self.settings = settings
        self.n_classes = n_classes
        self._arrays = arrays
        self._fill_values = fill_values
        self._class_indices = class_indices

    @property
    def n_weights(self) -> int:
        """Number of trained weights."""
        return self._arrays.n_weights

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return probabilities, float64 of shape (n, n_classes); classes that had no images to train on get 0."""
        probabilities = np.zeros((len(features), self.n_classes))
        probabilities[:, self._class_indices] = self._outputs(features)
        return probabilities / probabilities.sum(axis=1, keepdims=True)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return class indices or numbers, float64 of shape (n,); a NaN in features is a missing value."""
        if self.n_classes:
            return self.predict_proba(features).argmax(axis=1).astype(float)
        return self._outputs(features)[:, 0].astype(float)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings by name, as scikit-learn's estimators do."""
        return asdict(self.settings)

    def _outputs(self, features: np.ndarray) -> np.ndarray:
        features = np.array(features, np.float32)
        _fill_gaps(features, self._fill_values)
        return self._arrays.predict(features)


def fit_head(
    train: HeadRows,
    validation: HeadRows | None = None,
    *,
    n_classes: int = 0,
    settings: HeadSettings = HeadSettings(),  # noqa: B008 - frozen
    callback: Callback | None = None,
    tell: EpochCallback | None = None,
) -> HeadEstimator:
    """Train a head; classes may have no images, and features may be missing.

    Parameters
    ----------
    train : HeadRows
        Float32 features, and class indices or numbers. Missing features (NaN) are replaced in place by the mean of
        their column, or by 0 if the whole column is missing.
    validation : HeadRows, optional
        Likewise; only of classes that are trained on.
    n_classes, settings, callback, tell
        As for `train_head`; some classes may have no images.

    Returns
    -------
    HeadEstimator

    Raises
    ------
    TrainingError, TransferLearningError
        As for `train_head`.
    """
    fill_values = _column_means(train[0])
    sets = [train] if validation is None else [train, validation]
    for features, _ in sets:
        _fill_gaps(features, fill_values)
    class_indices = None
    if n_classes:
        class_indices = np.unique(train[1]).astype(int)
        sets = [(features, np.searchsorted(class_indices, targets).astype(float)) for features, targets in sets]
    n_known = 0 if class_indices is None else len(class_indices)
    model, history = train_head(*sets, n_classes=n_known, settings=settings, callback=callback, tell=tell)
    return HeadEstimator(HeadArrays.of_model(model), history, settings, fill_values, class_indices, n_classes)


def _column_means(features: np.ndarray) -> np.ndarray:
    """Return the mean of each column without its missing values; 0 if all are missing."""
    sums, counts = np.zeros(features.shape[1]), np.zeros(features.shape[1], int)
    for part in row_blocks(features.shape):
        block = features[part]
        sums += np.nansum(block, axis=0, dtype=np.float64)
        counts += (~np.isnan(block)).sum(axis=0)
    return (sums / np.maximum(counts, 1)).astype(np.float32)


def _fill_gaps(features: np.ndarray, fill_values: np.ndarray) -> None:
    for part in row_blocks(features.shape):
        block = features[part]
        rows, columns = np.nonzero(np.isnan(block))
        block[rows, columns] = fill_values[columns]
