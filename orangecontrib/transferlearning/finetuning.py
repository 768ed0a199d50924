"""Fine-tuning: a head on bottleneck features, then the last layers of the network together with it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .bottlenecks import run_model
from .checkpoints import Checkpoint
from .finetuned import FineTuned
from .heads import Rows as HeadRows
from .heads import predict_head, train_head
from .headsettings import HeadSettings
from .history import Epoch, History
from .items import Callback
from .material import Material
from .tunable import Tunable
from .tuner import Rows, State, Tuner
from .tuningsettings import TuningSettings

if TYPE_CHECKING:
    import keras

Tell = Callable[[int, int, Epoch], None]
"""Told the phase (1, 2), the number of the epoch in it (from 1), and the epoch."""


def fine_tune(
    tunable: Tunable,
    material: Material,
    head_settings: HeadSettings = HeadSettings(),  # noqa: B008 - frozen
    settings: TuningSettings = TuningSettings(),  # noqa: B008 - frozen
    *,
    checkpoint: Checkpoint | None = None,
    callback: Callback | None = None,
    tell: Tell | None = None,
) -> FineTuned:
    """Train a head on a network's features, then the last layers of the network and the head together.

    Batch normalisation stays as it is. Of all epochs of both phases, the one with the lowest validation loss is kept;
    without validation the last. The same seed gives the same network on the same machine, also with a run in between
    that was killed.

    Parameters
    ----------
    tunable : Tunable
        Its last layers are changed.
    material : Material
    head_settings : HeadSettings
        Of the first phase.
    settings : TuningSettings
        Of the second.
    checkpoint : Checkpoint, optional
        Where each epoch is kept, and looked for.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.
    tell : callable, optional
        Told each epoch.

    Returns
    -------
    FineTuned

    Raises
    ------
    SettingError, TrainingError, SinkError
    """
    if checkpoint:
        checkpoint.begin(_settings(tunable, material, head_settings, settings))
    start = time.perf_counter()
    maps = run_model(tunable.frozen, [material.pixels], callback=_part(callback, 0, 0.3))
    features = run_model(tunable.tail, maps)[0]
    kept = checkpoint.load_head() if checkpoint else None
    head, first = kept or _train_head(features, material, head_settings, _part(callback, 0.3, 0.4))
    if checkpoint and not kept:
        checkpoint.save_head(head, first)
    _tell_all(tell, 1, first.epochs)
    before = predict_head(head, features[material.test])
    middle = time.perf_counter()
    whole, trained = tunable.with_head(head)
    at_first = trained.get_weights()
    history = _tune(tunable, trained, maps, material, settings, checkpoint, _part(callback, 0.4, 1), tell)
    kept_first = _is_better(first, history)
    if kept_first:
        trained.set_weights(at_first)
    return FineTuned(
        model=whole,
        title=f"{tunable.title}, fine-tuned",
        classes=material.classes,
        history=first.followed_by(history, kept_first=kept_first),
        first=first,
        truth=material.outcomes[material.test],
        before=before,
        after=run_model(trained, maps, material.test)[0],
        n_trained=tunable.n_trained,
        seconds=(middle - start, time.perf_counter() - middle),
    )


def _settings(tunable: Tunable, material: Material, *settings: HeadSettings | TuningSettings) -> dict[str, str]:
    """List what has to be the same when the work goes on; how many epochs there are to be may change."""
    first, second = settings
    return {
        "network": f"{tunable.title} size={tunable.image_size} weights={tunable.weights_sha256}",
        "first_trained_layer": tunable.first,
        "head": str(first),
        "settings": str(replace(second, epochs=1, patience=1)),
        "pictures": material.hash(),
    }


def _train_head(
    features: np.ndarray, material: Material, settings: HeadSettings, callback: Callback | None
) -> "tuple[keras.Model, History]":
    def rows(chosen: np.ndarray) -> HeadRows:
        return features[chosen], material.outcomes[chosen]

    validation = rows(material.validation) if len(material.validation) else None
    n_classes = len(material.classes)
    return train_head(rows(material.train), validation, n_classes=n_classes, settings=settings, callback=callback)


def _tune(
    tunable: Tunable,
    trained: "keras.Model",
    maps: list[np.ndarray],
    material: Material,
    settings: TuningSettings,
    checkpoint: Checkpoint | None,
    callback: Callback | None,
    tell: Tell | None,
) -> History:
    learner, inputs = trained, maps
    if settings.augmentation:
        learner = tunable.in_training(trained, settings.augmentation.layers(settings.seed))
        inputs = [material.pixels]
    state = checkpoint.load_state() if checkpoint else None
    tuner = Tuner(learner, trained, len(material.classes), settings, state)
    _tell_all(tell, 2, tuner.state.epochs)

    def save(reached: State) -> None:
        if checkpoint:
            checkpoint.save_state(reached)
        if tell:
            tell(2, len(reached.epochs), reached.epochs[-1])

    weights, plain = _weights(material, settings.balanced)
    train = Rows(inputs, material.train, material.outcomes, weights)
    return tuner.run(train, Rows(maps, material.validation, material.outcomes, plain), callback, save)


def _weights(material: Material, balanced: bool) -> tuple[np.ndarray, np.ndarray]:
    """Say how much each picture counts in training and in validation."""
    outcomes = material.outcomes[material.train]
    if not material.classes:
        # The loss is in units of the variance, as in the first phase.
        plain = np.full(len(material.outcomes), 1 / (float(outcomes.var()) or 1.0))
        return plain, plain
    plain = np.ones(len(material.outcomes))
    if not balanced:
        return plain, plain
    counts = np.bincount(outcomes.astype(int), minlength=len(material.classes))
    each = len(outcomes) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return each[material.outcomes.astype(int)], plain


def _is_better(first: History, second: History) -> bool:
    """Whether the first phase ended with a lower validation loss than the second."""
    one, other = first.epochs[first.kept].val_loss, second.epochs[second.kept].val_loss
    return one is not None and one <= other


def _tell_all(tell: Tell | None, phase: int, epochs: Sequence[Epoch]) -> None:
    for number, epoch in enumerate(epochs, 1):
        if tell:
            tell(phase, number, epoch)


def _part(callback: Callback | None, start: float, end: float) -> Callback | None:
    """Make of a callback one for a part of the work."""
    return callback and (lambda fraction: callback(start + fraction * (end - start)))
