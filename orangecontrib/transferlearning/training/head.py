"""Train a head, which learns classes or numbers from features, and predict with it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from ..backbones.libraries import check_training
from ..backbones.network import build_lock
from ..errors import TrainingError
from ..features.saved_features import row_blocks
from ..records import Callback
from .head_settings import HeadSettings
from .history import EpochCallback, History
from .trainer import Samples, Trainer, balanced_weights

if TYPE_CHECKING:
    import keras


HeadRows = tuple[np.ndarray, np.ndarray]
"""Features of shape (n, n_features), and n targets: class indices or numbers."""

_DENSE = ("hidden", "classes", "number")
"""Names of layers that have trained weights, in order; a head has some of them."""


def train_head(
    train: HeadRows,
    validation: HeadRows | None = None,
    *,
    n_classes: int = 0,
    settings: HeadSettings = HeadSettings(),  # noqa: B008 - frozen
    callback: Callback | None = None,
    tell: EpochCallback | None = None,
) -> "tuple[keras.Model, History]":
    """Train a head on features.

    The same seed gives the same head on the same machine. The global seeds and settings of Keras do not change.

    Parameters
    ----------
    train : HeadRows
        Rows to train on; features are not copied.
    validation : HeadRows, optional
        Rows that decide when to stop: the best epoch on them is kept. Without them, all epochs are trained, and
        the last one is kept.
    n_classes : int
        0 if numbers are predicted.
    settings : HeadSettings
    callback : callable, optional
        Called with the fraction done after every batch, 0-1; may raise `Cancelled`.
    tell : callable, optional
        Called after each epoch; if it returns True, training stops.

    Returns
    -------
    model : keras.Model
        Its name is "head". Input: features (n, n_features). Output: probabilities (n, n_classes) or numbers (n, 1).
    history : History
        If numbers are predicted, losses are mean squared errors divided by the variance of the training targets.

    Raises
    ------
    TrainingError
        There are no images, or the loss is not finite.
    SettingError, TransferLearningError
        Keras cannot train in this process; see `libraries.check_training`.
    """
    features, targets = train
    if not len(features):
        raise TrainingError("There are no images to train on.")
    check_training()
    # Targets are standardized, so that the learning rate suits any unit.
    offset, scale = (0.0, 1.0) if n_classes else (float(targets.mean()), float(targets.std()) or 1.0)
    with build_lock:
        trained, model = _build(features, n_classes, settings, offset, scale)
        trainer = Trainer(trained, trained, n_classes, settings)
    weights = balanced_weights(targets.astype(int), n_classes) if settings.balanced and n_classes else None
    history = trainer.run(
        _samples(train, offset, scale, weights),
        _samples(validation, offset, scale, None),
        callback,
        tell and (lambda state: tell(state.epochs[-1])),
    )
    return model, history


def predict_head(model: "keras.Model", features: np.ndarray) -> np.ndarray:
    """Return predictions of a head that `train_head` returned; see `HeadArrays.predict`."""
    return HeadArrays.of_model(model).predict(features)


@dataclass(frozen=True, eq=False)
class HeadArrays:
    """A trained head as float32 arrays, which predict without Keras.

    Attributes
    ----------
    mean, spread : ndarray of shape (n_features,)
        Shift and divisor of each feature: a head sees ``(feature - mean) / spread``.
    layers : tuple of (ndarray of shape (n_inputs, n_units), ndarray of shape (n_units,))
        Weights and biases of the hidden layer, if there is one, and of the last layer.
    unit : ndarray of shape (2,), or None
        Scale and offset of predicted numbers; None if classes are predicted.
    """

    mean: np.ndarray
    spread: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    unit: np.ndarray | None

    @classmethod
    def of_model(cls, model: "keras.Model") -> Self:
        """Return the arrays of a head that `train_head` returned."""
        from keras import config, ops

        layers = {layer.name: layer for layer in model.layers}
        first = layers["standardize"]
        mean, variance = (ops.convert_to_numpy(each).ravel() for each in (first.mean, first.variance))
        dense = tuple(tuple(layers[name].get_weights()) for name in _DENSE if name in layers)
        unit = np.float32([layers["unit"].scale, layers["unit"].offset]) if "unit" in layers else None
        # The layer divides by no less than Keras' epsilon.
        return cls(mean, np.maximum(np.sqrt(variance), np.float32(config.epsilon())), dense, unit)

    @property
    def n_weights(self) -> int:
        """Number of trained weights."""
        return sum(weights.size + biases.size for weights, biases in self.layers)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the predictions for features.

        Parameters
        ----------
        features : ndarray of shape (n, n_features)

        Returns
        -------
        ndarray, float32
            Probabilities of shape (n, n_classes), or numbers of shape (n, 1).
        """
        outputs = np.empty((len(features), len(self.layers[-1][1])), np.float32)
        for part in row_blocks(features.shape):
            outputs[part] = self._apply(np.asarray(features[part], np.float32))
        return outputs

    def _apply(self, x: np.ndarray) -> np.ndarray:
        *hidden, (weights, biases) = self.layers
        x = (x - self.mean) / self.spread
        for hidden_weights, hidden_biases in hidden:
            x = np.maximum(x @ hidden_weights + hidden_biases, 0)
        x = x @ weights + biases
        return _softmax(x) if self.unit is None else x * self.unit[0] + self.unit[1]


def _softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _build(
    features: np.ndarray, n_classes: int, settings: HeadSettings, offset: float, scale: float
) -> "tuple[keras.Model, keras.Model]":
    """Build the model to train, and the head, which has the same layers and predicts in the unit of the targets."""
    from keras import Input, Model, initializers, layers, regularizers

    kind = "float32"

    def dense(n: int, name: str, seed: int, activation: str | None) -> layers.Dense:
        penalty = regularizers.L2(settings.l2) if settings.l2 else None
        first = initializers.GlorotUniform(seed)
        return layers.Dense(n, activation, kernel_initializer=first, kernel_regularizer=penalty, name=name, dtype=kind)

    mean, variance = _moments(features)
    x = inputs = Input((features.shape[1],), name="features", dtype=kind)
    x = layers.Normalization(mean=mean, variance=variance, name="standardize", dtype=kind)(x)
    if settings.hidden:
        x = dense(settings.hidden, "hidden", settings.seed + 1, "relu")(x)
    if settings.dropout:
        x = layers.Dropout(settings.dropout, seed=settings.seed, name="dropout", dtype=kind)(x)
    x = dense(n_classes or 1, "classes" if n_classes else "number", settings.seed, "softmax" if n_classes else None)(x)
    outputs = x if n_classes else layers.Rescaling(scale, offset, name="unit", dtype=kind)(x)
    return Model(inputs, x, name="learned"), Model(inputs, outputs, name="head")


def _moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of each feature, float32 (n_features,); no variance is below the mean variance.

    Without this lower limit, a feature that is constant in training would outweigh all others on new images.
    (Flowers17: accuracy 0.906 with the limit, 0.888 with every feature at variance 1.)
    """
    blocks = [features[part] for part in row_blocks(features.shape)]
    mean = sum(block.sum(axis=0, dtype=np.float64) for block in blocks) / len(features)
    variance = sum(((block - mean) ** 2).sum(axis=0) for block in blocks) / len(features)
    smallest = float(variance.mean()) or 1.0
    return mean.astype(np.float32), np.maximum(variance, smallest).astype(np.float32)


def _samples(rows: HeadRows | None, offset: float, scale: float, class_weights: np.ndarray | None) -> Samples:
    features, targets = rows or (np.empty((0, 0)), np.empty(0))
    weights = np.ones(len(targets)) if class_weights is None else class_weights[targets.astype(int)]
    return Samples([features], np.arange(len(targets)), (targets - offset) / scale, weights)
