"""The phases of fine-tuning: train a head on bottleneck features, then the last layers together with the head."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from ..records import Callback
from ..training.head import HeadRows, predict_head, train_head
from ..training.head_settings import HeadSettings
from ..training.history import Epoch, History, PhaseCallback, validation_rank
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
        Predictions of the test images by the head alone; the second phase trains its layers further.
    whole : keras.Model
        From preprocessed pixels to outputs.
    trained : keras.Model
        From the outputs of the frozen part to outputs; it has the same layers as `whole`.
    first, history : History
        Histories of the first phase, and of both.
    seconds : tuple of float
        Seconds of each phase, in this run.
    """

    before: np.ndarray
    whole: "keras.Model"
    trained: "keras.Model"
    first: History
    history: History
    seconds: tuple[float, float]

    @property
    def n_best(self) -> tuple[int, int]:
        """Numbers of epochs of each phase up to the best one; the second is 0 if the second phase was no better."""
        return self.first.kept + 1, max(self.history.kept + 1 - len(self.first.epochs), 0)


def run_phases(
    network: PartlyFrozen,
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
    network : PartlyFrozen
        The network, whose last layers are changed.
    maps : list of ndarray of shape (n, ...)
        Outputs of the frozen part for all images.
    features : ndarray of shape (n, n_features)
        Features of all images, before the last layers are trained.
    tuning_data : TuningData
    head_settings : HeadSettings
    settings : TuningSettings or None
        Settings of the second phase; None to leave it out.
    checkpoint : Checkpoint, optional
    stage : str
        Name of this training in the checkpoint.
    callback, tell
        As for `fine_tune`.

    Returns
    -------
    Phases
    """
    start = time.perf_counter()
    reporter = _EpochReporter(tell)
    kept = checkpoint.load_head(stage) if checkpoint else None
    head, first = kept or _train_head(features, tuning_data, head_settings, part_of(callback, 0, 0.2), reporter)
    if kept:
        reporter.report_all(1, first.epochs)
    elif checkpoint:
        checkpoint.save_head(head, first, stage)
    middle = time.perf_counter()
    before = predict_head(head, features[tuning_data.test])
    whole, trained = network.with_head(head)
    history, at_first = first, trained.get_weights()
    if settings and not reporter.is_stopped:
        second = _tune(
            network, trained, maps, tuning_data, settings, checkpoint, stage, part_of(callback, 0.2, 1), reporter
        )
        kept_first = _is_better(first, second)
        history = first.followed_by(second, kept_first=kept_first)
        if kept_first:
            trained.set_weights(at_first)
    return Phases(before, whole, trained, first, history, (middle - start, time.perf_counter() - middle))


class _EpochReporter:
    """Calls a callback with each epoch, and notes whether it has ended the training."""

    def __init__(self, tell: PhaseCallback | None):
        self._tell = tell
        self.is_stopped = False

    def __call__(self, phase: int, number: int, epoch: Epoch) -> bool:
        if self._tell and self._tell(phase, number, epoch):
            self.is_stopped = True
        return self.is_stopped

    def report_all(self, phase: int, epochs: Sequence[Epoch]) -> None:
        for number, epoch in enumerate(epochs, 1):
            self(phase, number, epoch)


def _train_head(
    features: np.ndarray,
    tuning_data: TuningData,
    settings: HeadSettings,
    callback: Callback | None,
    reporter: _EpochReporter,
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
        tell=lambda epoch: reporter(1, next(numbers), epoch),
    )


def _tune(
    network: PartlyFrozen,
    trained: "keras.Model",
    maps: list[np.ndarray],
    tuning_data: TuningData,
    settings: TuningSettings,
    checkpoint: Checkpoint | None,
    stage: str,
    callback: Callback | None,
    reporter: _EpochReporter,
) -> History:
    learner, inputs = trained, maps
    if settings.augmentation:
        learner = network.in_training(trained, settings.augmentation.layers(settings.seed))
        inputs = [tuning_data.pixels]
    state = checkpoint.load_state(stage) if checkpoint else None
    trainer = Trainer(learner, trained, len(tuning_data.classes), settings, state)
    reporter.report_all(2, trainer.state.epochs)

    def save(reached: TrainingState) -> bool:
        if checkpoint:
            checkpoint.save_state(reached, stage)
        return reporter(2, len(reached.epochs), reached.epochs[-1])

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
    """Return whether the best epoch of the first phase is at least as good as that of the second in validation."""
    one, other = first.kept_epoch, second.kept_epoch
    if one.val_loss is None:
        return False
    return validation_rank(one, second.best_by) <= validation_rank(other, second.best_by)


def part_of(callback: Callback | None, start: float, end: float) -> Callback | None:
    """Make of a callback one for a part of the work."""
    return callback and (lambda fraction: callback(start + fraction * (end - start)))
