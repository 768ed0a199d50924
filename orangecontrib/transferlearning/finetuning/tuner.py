"""The second phase: epochs of training the last layers, each of which can be the last before the power fails."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import TrainingError
from ..records import Callback
from ..training.history import Epoch, History, average_logs, best_place
from .settings import TuningSettings

if TYPE_CHECKING:
    import keras


Arrays = list[np.ndarray]


@dataclass(frozen=True, eq=False)
class Rows:
    """Images to learn from or to check with.

    Attributes
    ----------
    inputs : list of ndarray of shape (n_all, ...)
        One for each input of a model.
    rows : ndarray of int, shape (n,)
        Which of them.
    targets : ndarray of shape (n_all,)
        Places of classes, or numbers.
    weights : ndarray of shape (n_all,)
        How much each counts.
    """

    inputs: Arrays
    rows: np.ndarray
    targets: np.ndarray
    weights: np.ndarray

    def batches(self, order: np.ndarray, size: int) -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
        """Yield inputs, targets and weights of the rows in an order, `size` at a time."""
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            inputs = [each[rows] for each in self.inputs]
            yield inputs if len(inputs) > 1 else inputs[0], self.targets[rows, None], self.weights[rows]


@dataclass(eq=False)
class State:
    """How far a training is: what is needed to go on with it.

    Attributes
    ----------
    epochs : list of Epoch
        Those that are done.
    weights : list of ndarray
        Of the trained part, after the last epoch.
    best : list of ndarray
        Of the epoch with the lowest validation loss.
    optimizer : list of ndarray
    """

    epochs: list[Epoch]
    weights: Arrays
    best: Arrays
    optimizer: Arrays


class Tuner:
    """Trains the last layers of a network.

    Parameters
    ----------
    learner : keras.Model
        What is trained: images, or what crosses the border, to outputs.
    trained : keras.Model
        What crosses the border to outputs; the same layers, and the same model unless images change by chance.
    n_classes : int
        0 where numbers are predicted.
    settings : TuningSettings
    state : State, optional
        Of an earlier run, to go on.
    """

    def __init__(
        self,
        learner: "keras.Model",
        trained: "keras.Model",
        n_classes: int,
        settings: TuningSettings,
        state: State | None = None,
    ):
        self._learner, self._trained, self._settings = learner, trained, settings
        for model in {id(each): each for each in (learner, trained)}.values():
            _compile(model, n_classes, settings.learning_rate)
        learner.optimizer.build(learner.trainable_variables)
        self.state = state or State([], [], trained.get_weights(), [])
        if state:
            trained.set_weights(state.weights)
            for variable, value in zip(learner.optimizer.variables, state.optimizer, strict=True):
                variable.assign(value)

    def run(
        self,
        train: Rows,
        validation: Rows,
        callback: Callback | None = None,
        save: Callable[[State], bool | None] | None = None,
    ) -> History:
        """Train until the settings say that it is enough, and leave the best weights in the layers.

        Parameters
        ----------
        train, validation : Rows
            Where there are none to validate with, all epochs are trained, and the last is kept.
        callback : callable, optional
            Told the fraction done after every batch, 0-1; may raise `Cancelled`.
        save : callable, optional
            Given the state after every epoch; where it returns True, no more follow.

        Returns
        -------
        History

        Raises
        ------
        TrainingError
            The loss left the range of numbers.
        """
        epochs = self.state.epochs
        while not self._is_enough():
            logs = self._train(train, callback) | self._check(validation)
            if not np.isfinite(logs["loss"]):
                raise TrainingError("The loss has left the range of numbers: choose a smaller learning rate.")
            epochs.append(Epoch.of_logs(logs))
            self.state.weights = self._trained.get_weights()
            if best_place(epochs) == len(epochs) - 1:
                self.state.best = self.state.weights
            if save:
                self.state.optimizer = [_numbers(each) for each in self._learner.optimizer.variables]
                if save(self.state):
                    break
        self._trained.set_weights(self.state.best)
        return History(tuple(epochs), best_place(epochs))

    def _is_enough(self) -> bool:
        n_done = len(self.state.epochs)
        n_worse = n_done - 1 - best_place(self.state.epochs) if n_done else 0
        return n_done >= self._settings.epochs or n_worse >= self._settings.patience

    def _train(self, train: Rows, callback: Callback | None) -> Mapping[str, float]:
        number, seed = len(self.state.epochs), self._settings.seed
        # Everything that chance decides depends on the epoch only, so that a run that goes on gives the same.
        order = np.random.default_rng((seed, number)).permutation(train.rows)
        self._reseed(number)
        n_done, batches = 0, []
        for inputs, targets, weights in train.batches(order, self._settings.batch_size):
            logs = self._learner.train_on_batch(inputs, targets, weights, return_dict=True)
            batches.append((len(targets), logs))
            n_done += len(targets)
            if callback:
                callback((number + n_done / len(order)) / self._settings.epochs)
        return average_logs(batches)

    def _reseed(self, number: int) -> None:
        states = [each for each in self._learner.variables if "seed_generator_state" in each.path]
        for place, variable in enumerate(states):
            variable.assign(np.array([self._settings.seed + place, number << 16], variable.dtype))

    def _check(self, validation: Rows) -> Mapping[str, float]:
        batches = [
            (len(targets), self._trained.test_on_batch(inputs, targets, weights, return_dict=True))
            for inputs, targets, weights in validation.batches(validation.rows, self._settings.batch_size)
        ]
        return {f"val_{name}": value for name, value in average_logs(batches).items()}


def _numbers(variable: Any) -> np.ndarray:
    import keras

    return keras.ops.convert_to_numpy(variable.value)


def _compile(model: "keras.Model", n_classes: int, learning_rate: float) -> None:
    from keras.optimizers import Adam

    loss, metrics = ("sparse_categorical_crossentropy", ["accuracy"]) if n_classes else ("mse", [])
    model.compile(Adam(learning_rate), loss, metrics=metrics, jit_compile=False)
