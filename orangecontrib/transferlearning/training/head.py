"""A small network that learns classes or numbers from features."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from ..backbones.libraries import check_training
from ..backbones.network import building
from ..errors import TrainingError
from ..features.saved_features import row_blocks
from ..records import Callback
from .head_settings import HeadSettings
from .history import Epoch, History, Tell, average_logs, best_place

if TYPE_CHECKING:
    import keras


Rows = tuple[np.ndarray, np.ndarray]
"""Features of shape (n, n_features), and the n places of classes or numbers that go with them."""

_DENSE = ("hidden", "classes", "number")
"""Names of the layers that have weights, of which a network has some, in this order."""


def train_head(
    train: Rows,
    validation: Rows | None = None,
    *,
    n_classes: int = 0,
    settings: HeadSettings = HeadSettings(),  # noqa: B008 - frozen
    callback: Callback | None = None,
    tell: Tell | None = None,
) -> "tuple[keras.Model, History]":
    """Train a small network on features.

    The same seed gives the same network on the same machine. Nothing of Keras that others use (its seeds, its settings)
    is touched.

    Parameters
    ----------
    train : Rows
        What is learned; features are not copied.
    validation : Rows, optional
        What decides when to stop: the epoch with the lowest loss on these is kept. Without it all epochs are trained,
        and the last is kept.
    n_classes : int
        0 where numbers are predicted.
    settings : HeadSettings
    callback : callable, optional
        Told the fraction done after every batch, 0-1; may raise `Cancelled`.
    tell : callable, optional
        Told each epoch; where it returns True, no more follow.

    Returns
    -------
    model : keras.Model
        Called "head": features as they are (n, n_features) in; probabilities (n, n_classes), or numbers (n, 1), out.
    history : History
        Of numbers, losses are mean squared errors in units of the variance of those trained on.

    Raises
    ------
    TrainingError
        No images, or the loss left the range of numbers.
    SettingError, TransferLearningError
        Keras cannot train as it is set in this process; see `kerasprocess.check_training`.
    """
    features, targets = train
    if not len(features):
        raise TrainingError("There are no images to train on.")
    check_training()
    # Numbers are learned in units of their spread, whatever their own unit.
    offset, scale = (0.0, 1.0) if n_classes else (float(targets.mean()), float(targets.std()) or 1.0)
    with building:
        learned, model = _build(features, n_classes, settings, offset, scale)
        _compile(learned, n_classes, settings.learning_rate)
    train, validation = ((rows and (rows[0], (rows[1] - offset) / scale)) for rows in (train, validation))
    weights = _class_weights(targets, n_classes, settings.balanced)
    epochs = _fit(learned, train, validation, weights, settings, callback, tell)
    if not all(np.isfinite(epoch.loss) for epoch in epochs):
        raise TrainingError("The loss has left the range of numbers: choose a smaller learning rate.")
    return model, History(tuple(epochs), best_place(epochs))


def predict_head(model: "keras.Model", features: np.ndarray) -> np.ndarray:
    """Apply a network as `train_head` gives it; see `HeadArrays.predict`."""
    return HeadArrays.of_model(model).predict(features)


@dataclass(frozen=True, eq=False)
class HeadArrays:
    """What a small network has learned, as float32 arrays that predict without Keras.

    Attributes
    ----------
    mean, spread : ndarray of shape (n_features,)
        What each feature is moved by, and divided by.
    layers : tuple of (ndarray of shape (n_inputs, n_units), ndarray of shape (n_units,))
        Weights and biases of the hidden layer, if there is one, and of the last layer.
    unit : ndarray of shape (2,), or None
        Scale and offset of the numbers that are predicted; None where it is classes.
    """

    mean: np.ndarray
    spread: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    unit: np.ndarray | None

    @classmethod
    def of_model(cls, model: "keras.Model") -> Self:
        """Take the arrays out of a network as `train_head` gives it."""
        from keras import config, ops

        layers = {layer.name: layer for layer in model.layers}
        first = layers["standardise"]
        mean, variance = (ops.convert_to_numpy(each).ravel() for each in (first.mean, first.variance))
        dense = tuple(tuple(layers[name].get_weights()) for name in _DENSE if name in layers)
        unit = np.float32([layers["unit"].scale, layers["unit"].offset]) if "unit" in layers else None
        # The layer divides by no less than Keras' epsilon.
        return cls(mean, np.maximum(np.sqrt(variance), np.float32(config.epsilon())), dense, unit)

    @property
    def n_weights(self) -> int:
        """How many numbers were trained."""
        return sum(weights.size + biases.size for weights, biases in self.layers)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Apply the network.

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
        for inner, shifts in hidden:
            x = np.maximum(x @ inner + shifts, 0)
        x = x @ weights + biases
        return _softmax(x) if self.unit is None else x * self.unit[0] + self.unit[1]


def _softmax(x: np.ndarray) -> np.ndarray:
    shares = np.exp(x - x.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _build(
    features: np.ndarray, n_classes: int, settings: HeadSettings, offset: float, scale: float
) -> "tuple[keras.Model, keras.Model]":
    """Make the network that is trained, and the one that gives numbers in their own unit: they share their layers."""
    from keras import Input, Model, initializers, layers, regularizers

    kind = "float32"

    def dense(n: int, name: str, seed: int, activation: str | None) -> layers.Dense:
        penalty = regularizers.L2(settings.l2) if settings.l2 else None
        first = initializers.GlorotUniform(seed)
        return layers.Dense(n, activation, kernel_initializer=first, kernel_regularizer=penalty, name=name, dtype=kind)

    mean, variance = _moments(features)
    x = inputs = Input((features.shape[1],), name="features", dtype=kind)
    x = layers.Normalization(mean=mean, variance=variance, name="standardise", dtype=kind)(x)
    if settings.hidden:
        x = dense(settings.hidden, "hidden", settings.seed + 1, "relu")(x)
    if settings.dropout:
        x = layers.Dropout(settings.dropout, seed=settings.seed, name="dropout", dtype=kind)(x)
    x = dense(n_classes or 1, "classes" if n_classes else "number", settings.seed, "softmax" if n_classes else None)(x)
    outputs = x if n_classes else layers.Rescaling(scale, offset, name="unit", dtype=kind)(x)
    return Model(inputs, x, name="learned"), Model(inputs, outputs, name="head")


def _moments(features: np.ndarray) -> Rows:
    """Give mean and variance of each feature, of shape (n_features,), float32; none less than the mean variance.

    A feature that is silent in training would otherwise, once it says something, outweigh all others; and what hardly
    varies tells less (measured: accuracy 0.906 so, 0.888 with every feature at variance 1, Flowers17).
    """
    blocks = [features[part] for part in row_blocks(features.shape)]
    mean = sum(block.sum(axis=0, dtype=np.float64) for block in blocks) / len(features)
    variance = sum(((block - mean) ** 2).sum(axis=0) for block in blocks) / len(features)
    least = float(variance.mean()) or 1.0
    return mean.astype(np.float32), np.maximum(variance, least).astype(np.float32)


def _compile(model: "keras.Model", n_classes: int, learning_rate: float) -> None:
    from keras.optimizers import Adam

    loss, metrics = ("sparse_categorical_crossentropy", ["accuracy"]) if n_classes else ("mse", [])
    model.compile(Adam(learning_rate), loss, metrics=metrics, jit_compile=False)


def _class_weights(places: np.ndarray, n_classes: int, balanced: bool) -> dict[int, float] | None:
    if not (balanced and n_classes):
        return None
    counts = np.bincount(places.astype(int), minlength=n_classes)
    n_there = np.count_nonzero(counts)
    return {place: len(places) / (n_there * count) if count else 0.0 for place, count in enumerate(counts)}


def _fit(
    model: "keras.Model",
    train: Rows,
    validation: Rows | None,
    class_weights: dict[int, float] | None,
    settings: HeadSettings,
    callback: Callback | None,
    tell: Tell | None,
) -> list[Epoch]:
    """Train until the end or until validation says so; the best weights are in the model then.

    Keras' own `fit` takes the order of rows from a seed that all share, and five times as long for so small a network.
    """
    chance, order = np.random.default_rng(settings.seed), np.arange(len(train[0]))
    epochs: list[Epoch] = []
    best = None
    while len(epochs) < settings.epochs and len(epochs) <= best_place(epochs or [Epoch(0.0)]) + settings.patience:
        chance.shuffle(order)
        batches = []
        for done, rows in _in_batches(order, settings.batch_size):
            logs = model.train_on_batch(*_take(train, rows), class_weight=class_weights, return_dict=True)
            batches.append((len(rows), logs))
            if callback:
                callback((len(epochs) + done) / settings.epochs)
        logs = average_logs(batches) | _validate(model, validation, settings.batch_size)
        epochs.append(Epoch.of_logs(logs))
        if validation is not None and best_place(epochs) == len(epochs) - 1:
            best = model.get_weights()
        if tell and tell(epochs[-1]):
            break
    if best is not None:
        model.set_weights(best)
    return epochs


def _validate(model: "keras.Model", validation: Rows | None, batch_size: int) -> dict[str, float]:
    if validation is None:
        return {}
    batches = [
        (len(rows), model.test_on_batch(*_take(validation, rows), return_dict=True))
        for _, rows in _in_batches(np.arange(len(validation[0])), batch_size)
    ]
    return {f"val_{name}": value for name, value in average_logs(batches).items()}


def _in_batches(order: np.ndarray, batch_size: int) -> Iterator[tuple[float, np.ndarray]]:
    """Give the fraction done after each batch, and its rows."""
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        yield (start + len(rows)) / len(order), rows


def _take(rows: Rows, numbers: np.ndarray) -> Rows:
    return rows[0][numbers].astype(np.float32), rows[1][numbers].astype(np.float32)
