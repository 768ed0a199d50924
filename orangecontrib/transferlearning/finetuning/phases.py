"""Both phases of fine-tuning: a head on bottleneck features, then the last layers of the network together with it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from ..records import Callback
from ..training.head import HeadRows, predict_head, train_head
from ..training.head_settings import HeadSettings
from ..training.history import Epoch, History, PhaseCallback
from ..training.trainer import Samples, Trainer, TrainingState, balanced_weights
from .checkpoint import Checkpoint
from .dataset import TuningData
from .partly_frozen import PartlyFrozen
from .settings import TuningSettings

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class Phases:
    """Result of both phases.

    Attributes
    ----------
    before : ndarray of shape (n_test, n_outputs), float32
        What the head alone says of the images for the test; the second phase trains its layers further.
    whole : keras.Model
        Prepared pixels to outputs.
    trained : keras.Model
        What crosses the border to outputs; the same layers.
    first, history : History
        Of the first phase, and of both.
    seconds : tuple of float
        That each took, in this run.
    """

    before: np.ndarray
    whole: "keras.Model"
    trained: "keras.Model"
    first: History
    history: History
    seconds: tuple[float, float]

    @property
    def n_best(self) -> tuple[int, int]:
        """Epochs of each phase that led to the network that was kept; 0 of the second if it was no better."""
        return self.first.kept + 1, max(self.history.kept + 1 - len(self.first.epochs), 0)


def run_phases(
    tunable: PartlyFrozen,
    maps: list[np.ndarray],
    features: np.ndarray,
    tuning_data: TuningData,
    head_settings: HeadSettings,
    settings: TuningSettings | None,
    *,
    checkpoint: Checkpoint | None = None,
    stage: str = "",
    callback: Callback | None = None,
    tell: PhaseCallback | None = None,
) -> Phases:
    """Train a head, then the last layers and the head together.

    Parameters
    ----------
    tunable : PartlyFrozen
        Its last layers are changed.
    maps : list of ndarray of shape (n, ...)
        What crosses the border, of all images.
    features : ndarray of shape (n, n_features)
        Of all images, by the last layers as they are.
    tuning_data : TuningData
    head_settings : HeadSettings
    settings : TuningSettings or None
        None to leave the second phase out.
    checkpoint : Checkpoint, optional
    stage : str
        What the checkpoint calls this work.
    callback, tell
        As for `fine_tune`.

    Returns
    -------
    Phases
    """
    start = time.perf_counter()
    told = _Told(tell)
    kept = checkpoint.load_head(stage) if checkpoint else None
    head, first = kept or _train_head(features, tuning_data, head_settings, part_of(callback, 0, 0.2), told)
    if kept:
        told.all(1, first.epochs)
    elif checkpoint:
        checkpoint.save_head(head, first, stage)
    middle = time.perf_counter()
    before = predict_head(head, features[tuning_data.test])
    whole, trained = tunable.with_head(head)
    history, at_first = first, trained.get_weights()
    if settings and not told.is_enough:
        second = _tune(
            tunable, trained, maps, tuning_data, settings, checkpoint, stage, part_of(callback, 0.2, 1), told
        )
        kept_first = _is_better(first, second)
        history = first.followed_by(second, kept_first=kept_first)
        if kept_first:
            trained.set_weights(at_first)
    return Phases(before, whole, trained, first, history, (middle - start, time.perf_counter() - middle))


class _Told:
    """Tells epochs, and notes whether one of them was to be the last."""

    def __init__(self, tell: PhaseCallback | None):
        self._tell = tell
        self.is_enough = False

    def __call__(self, phase: int, number: int, epoch: Epoch) -> bool:
        if self._tell and self._tell(phase, number, epoch):
            self.is_enough = True
        return self.is_enough

    def all(self, phase: int, epochs: Sequence[Epoch]) -> None:
        for number, epoch in enumerate(epochs, 1):
            self(phase, number, epoch)


def _train_head(
    features: np.ndarray, tuning_data: TuningData, settings: HeadSettings, callback: Callback | None, told: _Told
) -> "tuple[keras.Model, History]":
    numbers = count(1)

    def rows(chosen: np.ndarray) -> HeadRows:
        return features[chosen], tuning_data.targets[chosen]

    validation = rows(tuning_data.validation) if len(tuning_data.validation) else None
    return train_head(
        rows(tuning_data.train),
        validation,
        n_classes=len(tuning_data.classes),
        settings=settings,
        callback=callback,
        tell=lambda epoch: told(1, next(numbers), epoch),
    )


def _tune(
    tunable: PartlyFrozen,
    trained: "keras.Model",
    maps: list[np.ndarray],
    tuning_data: TuningData,
    settings: TuningSettings,
    checkpoint: Checkpoint | None,
    stage: str,
    callback: Callback | None,
    told: _Told,
) -> History:
    learner, inputs = trained, maps
    if settings.augmentation:
        learner = tunable.in_training(trained, settings.augmentation.layers(settings.seed))
        inputs = [tuning_data.pixels]
    state = checkpoint.load_state(stage) if checkpoint else None
    trainer = Trainer(learner, trained, len(tuning_data.classes), settings, state)
    told.all(2, trainer.state.epochs)

    def save(reached: TrainingState) -> bool:
        if checkpoint:
            checkpoint.save_state(reached, stage)
        return told(2, len(reached.epochs), reached.epochs[-1])

    weights, plain = _weights(tuning_data, settings.balanced)
    train = Samples(inputs, tuning_data.train, tuning_data.targets, weights)
    return trainer.run(train, Samples(maps, tuning_data.validation, tuning_data.targets, plain), callback, save)


def _weights(tuning_data: TuningData, balanced: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return how much each image counts in training and in validation."""
    targets = tuning_data.targets[tuning_data.train]
    if not tuning_data.classes:
        # The loss is in units of the variance, as in the first phase.
        plain = np.full(len(tuning_data.targets), 1 / (float(targets.var()) or 1.0))
        return plain, plain
    plain = np.ones(len(tuning_data.targets))
    if not balanced:
        return plain, plain
    of_classes = balanced_weights(targets.astype(int), len(tuning_data.classes))
    return of_classes[tuning_data.targets.astype(int)], plain


def _is_better(first: History, second: History) -> bool:
    """Return whether the first phase ended with a lower validation loss than the second."""
    one, other = first.epochs[first.kept].val_loss, second.epochs[second.kept].val_loss
    return one is not None and one <= other


def part_of(callback: Callback | None, start: float, end: float) -> Callback | None:
    """Make of a callback one for a part of the work."""
    return callback and (lambda fraction: callback(start + fraction * (end - start)))
