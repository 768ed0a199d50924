"""Fine-tuning: a head on bottleneck features, then the last layers of the network together with it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..records import Callback
from ..training.head_settings import HeadSettings
from ..training.history import History, PhaseCallback
from .bottleneck_features import run_model
from .checkpoint import Checkpoint
from .dataset import TuningData
from .partly_frozen import PartlyFrozen
from .phases import Phases, part_of, run_phases
from .settings import TuningSettings

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class FineTuned:
    """A fine-tuned network, and its predictions of the test images.

    Attributes
    ----------
    model : keras.Model
        From preprocessed pixels (n, height, width, 3) to probabilities (n, n_classes), or numbers (n, 1).
    title : str
        Title of the network.
    classes : tuple of str
        Names of the classes; empty if numbers are predicted.
    history : History
        History of both phases.
    first : History
        History of the first phase.
    retrained : tuple of int or None
        Epochs of each phase of the final training on the images for training and validation; None without one.
    truth : ndarray of shape (n_test,)
        Class indices, or numbers, of the test rows.
    before, after : ndarray of shape (n_test, n_classes) or (n_test, 1)
        Predictions of the test rows by the head alone, and by the fine-tuned network.
    n_trained : int
        Layers of the backbone that were trained.
    seconds : tuple of float
        Seconds of each phase, and of the training on all images, in this run.
    """

    model: "keras.Model"
    title: str
    classes: tuple[str, ...]
    history: History
    first: History
    retrained: tuple[int, int] | None
    truth: np.ndarray
    before: np.ndarray
    after: np.ndarray
    n_trained: int
    seconds: tuple[float, float, float]

    @property
    def predicted(self) -> np.ndarray:
        """Final predictions of the test rows: class indices, or numbers, of shape (n_test,)."""
        return self.decided(self.after)

    def decided(self, outputs: np.ndarray) -> np.ndarray:
        """Return class indices, or numbers, for `before` or `after`."""
        return outputs.argmax(axis=1).astype(float) if self.classes else outputs[:, 0].astype(float)


def fine_tune(
    network: PartlyFrozen,
    tuning_data: TuningData,
    head_settings: HeadSettings = HeadSettings(),  # noqa: B008 - frozen
    settings: TuningSettings = TuningSettings(),  # noqa: B008 - frozen
    *,
    retrain: bool = False,
    checkpoint: Checkpoint | None = None,
    callback: Callback | None = None,
    tell: PhaseCallback | None = None,
) -> FineTuned:
    """Train a head on a network's features, then the last layers of the network and the head together.

    Batch normalization does not change. Of all epochs of both phases, the best one in validation is kept; without
    validation, the last one. The same seed gives the same network on the same machine, also if a run was stopped and
    resumed.

    Parameters
    ----------
    network : PartlyFrozen
        The network, whose last layers are changed.
    tuning_data : TuningData
    head_settings : HeadSettings
        Settings of the first phase.
    settings : TuningSettings
        Settings of the second phase.
    retrain : bool
        Whether both phases are finally repeated for the best number of epochs, on the images for training and
        validation.
    checkpoint : Checkpoint, optional
        Checkpoint to which each epoch is saved, and from which a stopped run is resumed.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.
    tell : callable, optional
        Called with phase, number and results of each epoch, except in the training on all images; if it returns True,
        training ends.

    Returns
    -------
    FineTuned

    Raises
    ------
    SettingError, TrainingError, SinkError
    """
    retrain = retrain and len(tuning_data.validation) > 0
    if checkpoint:
        checkpoint.begin(describe_training(network, tuning_data, head_settings, settings))
    start = time.perf_counter()
    maps = _frozen_part(network, tuning_data, checkpoint, part_of(callback, 0, 0.3))
    features = run_model(network.tail, maps)[0]
    reading, at_start = time.perf_counter() - start, network.tail.get_weights()
    run = partial(run_phases, network, maps, features, checkpoint=checkpoint)
    progress = part_of(callback, 0.3, 0.7 if retrain else 1)
    phases = validated = run(tuning_data, head_settings, settings, callback=progress, tell=tell)
    if retrain:
        network.tail.set_weights(at_start)
        phases = _retrain(run, tuning_data, head_settings, settings, validated.n_best, part_of(callback, 0.7, 1))
    return FineTuned(
        model=phases.whole,
        title=f"{network.title}, fine-tuned",
        classes=tuning_data.classes,
        history=validated.history,
        first=validated.first,
        retrained=validated.n_best if retrain else None,
        truth=tuning_data.targets[tuning_data.test],
        before=phases.before,
        after=run_model(phases.trained, maps, tuning_data.test)[0],
        n_trained=network.n_trained,
        seconds=(reading + validated.seconds[0], validated.seconds[1], sum(phases.seconds) if retrain else 0.0),
    )


def _retrain(
    run: Callable[..., Phases],
    tuning_data: TuningData,
    head_settings: HeadSettings,
    settings: TuningSettings,
    n_best: tuple[int, int],
    callback: Callback | None,
) -> Phases:
    """Run both phases for the best number of epochs, on all images except those of the test."""
    everything = replace(tuning_data, train=tuning_data.without_test, validation=np.empty(0, int))
    n_head, n_tuned = n_best
    longer = replace(settings, epochs=n_tuned) if n_tuned else None
    # The name has the numbers, as a resumed run may find other ones.
    stage = f"retrain-{n_head}-{n_tuned}"
    return run(everything, replace(head_settings, epochs=n_head), longer, stage=stage, callback=callback)


def _frozen_part(
    network: PartlyFrozen, tuning_data: TuningData, checkpoint: Checkpoint | None, callback: Callback | None
) -> list[np.ndarray]:
    """Return the outputs of the frozen part from the checkpoint, or compute them."""
    if checkpoint:
        kept = checkpoint.load_maps([(len(tuning_data.pixels), *each.shape[1:]) for each in network.frozen.outputs])
        if kept:
            return kept
    maps = run_model(network.frozen, [tuning_data.pixels], callback=callback)
    if checkpoint:
        checkpoint.save_maps(maps)
    return maps


def describe_training(
    network: PartlyFrozen, tuning_data: TuningData, head_settings: HeadSettings, settings: TuningSettings
) -> dict[str, str]:
    """Return the settings that a resumed run has to have; the numbers of epochs may differ."""
    return {
        "network": f"{network.title} size={network.image_size} weights={network.weights_sha256}",
        "first_trained_layer": network.first,
        "head": str(head_settings),
        "settings": str(replace(settings, epochs=1, patience=1)),
        "images": tuning_data.hash(),
    }
