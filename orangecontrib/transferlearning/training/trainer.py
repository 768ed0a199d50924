"""Train a Keras model epoch by epoch: the training loop of heads and of the last layers of a backbone."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..errors import TrainingError
from ..records import Callback
from .history import Epoch, History, Measure, average_logs, best_epoch_index

if TYPE_CHECKING:
    import keras


Arrays = list[np.ndarray]


class LoopSettings(Protocol):
    """Settings of the training loop; see `HeadSettings` and `TuningSettings`."""

    @property
    def epochs(self) -> int: ...  # noqa: D102

    @property
    def batch_size(self) -> int: ...  # noqa: D102

    @property
    def learning_rate(self) -> float: ...  # noqa: D102

    @property
    def patience(self) -> int: ...  # noqa: D102

    @property
    def best_by(self) -> Measure: ...  # noqa: D102

    @property
    def seed(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class Samples:
    """Rows to train on or to validate with.

    Attributes
    ----------
    inputs : list of ndarray of shape (n_all, ...)
        One array for each input of a model, which receives floating point numbers as float32.
    rows : ndarray of int, shape (n,)
        Numbers of the rows to use.
    targets : ndarray of shape (n_all,)
        Class indices or numbers.
    weights : ndarray of shape (n_all,)
        Weight of each row.
    """

    inputs: Arrays
    rows: np.ndarray
    targets: np.ndarray
    weights: np.ndarray

    def batches(self, order: np.ndarray, size: int) -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
        """Yield inputs, targets and weights of the rows in the given order, `size` at a time."""
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            inputs = [_single(each[rows]) for each in self.inputs]
            yield inputs if len(inputs) > 1 else inputs[0], _single(self.targets[rows, None]), self.weights[rows]


def _single(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array


def balanced_weights(class_indices: np.ndarray, n_classes: int) -> np.ndarray:
    """Return weights of classes that give each class the same total weight.

    Parameters
    ----------
    class_indices : ndarray of shape (n,), int
        Class of each training row.
    n_classes : int

    Returns
    -------
    ndarray of shape (n_classes,), float
        Weight of each class; the mean over the rows is 1.
    """
    counts = np.bincount(class_indices, minlength=n_classes)
    return len(class_indices) / (np.count_nonzero(counts) * np.maximum(counts, 1))


@dataclass(eq=False)
class TrainingState:
    """State of a training after an epoch, from which it can be resumed.

    Attributes
    ----------
    epochs : list of Epoch
        The epochs that are done.
    weights : list of ndarray
        Weights after the last epoch.
    best : list of ndarray
        Weights after the best epoch.
    optimizer : list of ndarray
        Variables of the optimizer; set only when the state is saved.
    """

    epochs: list[Epoch]
    weights: Arrays
    best: Arrays
    optimizer: Arrays = field(default_factory=list)


class Trainer:
    """A training of a Keras model.

    Keras' own `fit` orders the rows by a seed that all models share, and takes five times as long for a head.

    Parameters
    ----------
    learner : keras.Model
        The model that is trained.
    trained : keras.Model
        The model that is validated and whose weights are kept: the learner, or its layers without random augmentation.
    n_classes : int
        0 if numbers are predicted.
    settings : LoopSettings
    state : TrainingState, optional
        State of an earlier run to resume.
    """

    def __init__(
        self,
        learner: "keras.Model",
        trained: "keras.Model",
        n_classes: int,
        settings: LoopSettings,
        state: TrainingState | None = None,
    ):
        self._learner, self._trained, self._settings = learner, trained, settings
        for model in {id(each): each for each in (learner, trained)}.values():
            _compile(model, n_classes, settings.learning_rate)
        learner.optimizer.build(learner.trainable_variables)
        self.state = state or TrainingState([], [], trained.get_weights())
        if state:
            trained.set_weights(state.weights)
            for variable, value in zip(learner.optimizer.variables, state.optimizer, strict=True):
                variable.assign(value)

    def run(
        self,
        train: Samples,
        validation: Samples,
        callback: Callback | None = None,
        save: Callable[[TrainingState], bool | None] | None = None,
    ) -> History:
        """Train until the settings end the training, and leave the best weights in the layers.

        Parameters
        ----------
        train, validation : Samples
            Without validation rows, all epochs are trained, and the last one is kept.
        callback : callable, optional
            Called with the fraction done after every batch, 0-1; may raise `Cancelled`.
        save : callable, optional
            Called with the state after every epoch; if it returns True, training stops.

        Returns
        -------
        History

        Raises
        ------
        TrainingError
            The loss is not finite.
        """
        epochs = self.state.epochs
        while not self._is_finished():
            logs = self._train(train, callback) | self._validate(validation)
            if not np.isfinite(logs["loss"]):
                raise TrainingError("The loss is no longer a finite number: choose a smaller learning rate.")
            epochs.append(Epoch.of_logs(logs))
            self.state.weights = self._trained.get_weights()
            if self._best == len(epochs) - 1:
                self.state.best = self.state.weights
            if save:
                self.state.optimizer = [_to_array(each) for each in self._learner.optimizer.variables]
                if save(self.state):
                    break
        self._trained.set_weights(self.state.best)
        return History(tuple(epochs), self._best, best_by=self._settings.best_by)

    @property
    def _best(self) -> int:
        return best_epoch_index(self.state.epochs, self._settings.best_by)

    def _is_finished(self) -> bool:
        n_done = len(self.state.epochs)
        n_worse = n_done - 1 - self._best if n_done else 0
        return n_done >= self._settings.epochs or n_worse >= self._settings.patience

    def _train(self, train: Samples, callback: Callback | None) -> Mapping[str, float]:
        epoch, seed = len(self.state.epochs), self._settings.seed
        # Random choices depend on the seed and the epoch only, so that a resumed run gives the same result.
        order = np.random.default_rng((seed, epoch)).permutation(train.rows)
        self._reseed(epoch)
        n_done, batches = 0, []
        for inputs, targets, weights in train.batches(order, self._settings.batch_size):
            logs = self._learner.train_on_batch(inputs, targets, weights, return_dict=True)
            batches.append((len(targets), logs))
            n_done += len(targets)
            if callback:
                callback((epoch + n_done / len(order)) / self._settings.epochs)
        return average_logs(batches)

    def _reseed(self, epoch: int) -> None:
        states = [each for each in self._learner.variables if "seed_generator_state" in each.path]
        for index, variable in enumerate(states):
            variable.assign(np.array([self._settings.seed + index, epoch << 16], variable.dtype))

    def _validate(self, validation: Samples) -> Mapping[str, float]:
        batches = [
            (len(targets), self._trained.test_on_batch(inputs, targets, weights, return_dict=True))
            for inputs, targets, weights in validation.batches(validation.rows, self._settings.batch_size)
        ]
        return {f"val_{name}": value for name, value in average_logs(batches).items()}


def _to_array(variable: Any) -> np.ndarray:
    import keras

    return keras.ops.convert_to_numpy(variable.value)


def _compile(model: "keras.Model", n_classes: int, learning_rate: float) -> None:
    from keras.optimizers import Adam

    loss, metrics = ("sparse_categorical_crossentropy", ["accuracy"]) if n_classes else ("mse", [])
    model.compile(Adam(learning_rate), loss, metrics=metrics, jit_compile=False)
