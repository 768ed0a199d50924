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
    """A fine-tuned network, and how good it is.

    Attributes
    ----------
    model : keras.Model
        Prepared pixels (n, height, width, 3) to probabilities (n, n_classes), or numbers (n, 1).
    title : str
        For people.
    classes : tuple of str
        Empty where numbers are predicted.
    history : History
        Of both phases.
    first : History
        Of the first.
    again : tuple of int or None
        Epochs of each phase that the model was trained anew for, on the images for validation, too.
    truth : ndarray of shape (n_test,)
        Class indices, or numbers, of the test rows.
    before, after : ndarray of shape (n_test, n_classes) or (n_test, 1)
        What is predicted of them by the head alone, and in the end.
    n_trained : int
        Layers of the backbone that were trained.
    seconds : tuple of float
        That each phase took, and training anew, in this run.
    """

    model: "keras.Model"
    title: str
    classes: tuple[str, ...]
    history: History
    first: History
    again: tuple[int, int] | None
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
    tunable: PartlyFrozen,
    tuning_data: TuningData,
    head_settings: HeadSettings = HeadSettings(),  # noqa: B008 - frozen
    settings: TuningSettings = TuningSettings(),  # noqa: B008 - frozen
    *,
    again: bool = False,
    checkpoint: Checkpoint | None = None,
    callback: Callback | None = None,
    tell: PhaseCallback | None = None,
) -> FineTuned:
    """Train a head on a network's features, then the last layers of the network and the head together.

    Batch normalization stays as it is. Of all epochs of both phases, the one with the lowest validation loss is kept;
    without validation the last. The same seed gives the same network on the same machine, also with a run in between
    that was killed.

    Parameters
    ----------
    tunable : PartlyFrozen
        Its last layers are changed.
    tuning_data : TuningData
    head_settings : HeadSettings
        Of the first phase.
    settings : TuningSettings
        Of the second.
    again : bool
        Whether, once validation has told how many epochs are best, both phases are done anew, that long, on the
        images for validation, too.
    checkpoint : Checkpoint, optional
        Where each epoch is kept, and looked for.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.
    tell : callable, optional
        Told each epoch, but for those done anew; where it returns True, no more follow in either phase.

    Returns
    -------
    FineTuned

    Raises
    ------
    SettingError, TrainingError, SinkError
    """
    again = again and len(tuning_data.validation) > 0
    if checkpoint:
        checkpoint.begin(describe_training(tunable, tuning_data, head_settings, settings))
    start = time.perf_counter()
    maps = _frozen_part(tunable, tuning_data, checkpoint, part_of(callback, 0, 0.3))
    features = run_model(tunable.tail, maps)[0]
    reading, at_start = time.perf_counter() - start, tunable.tail.get_weights()
    run = partial(run_phases, tunable, maps, features, checkpoint=checkpoint)
    told = part_of(callback, 0.3, 0.7 if again else 1)
    phases = validated = run(tuning_data, head_settings, settings, callback=told, tell=tell)
    if again:
        tunable.tail.set_weights(at_start)
        phases = _run_again(run, tuning_data, head_settings, settings, validated.n_best, part_of(callback, 0.7, 1))
    return FineTuned(
        model=phases.whole,
        title=f"{tunable.title}, fine-tuned",
        classes=tuning_data.classes,
        history=validated.history,
        first=validated.first,
        again=validated.n_best if again else None,
        truth=tuning_data.targets[tuning_data.test],
        before=phases.before,
        after=run_model(phases.trained, maps, tuning_data.test)[0],
        n_trained=tunable.n_trained,
        seconds=(reading + validated.seconds[0], validated.seconds[1], sum(phases.seconds) if again else 0.0),
    )


def _run_again(
    run: Callable[..., Phases],
    tuning_data: TuningData,
    head_settings: HeadSettings,
    settings: TuningSettings,
    n_best: tuple[int, int],
    callback: Callback | None,
) -> Phases:
    """Do both phases for as many epochs as were best, on all images but those of the test."""
    everything = replace(tuning_data, train=tuning_data.not_for_test, validation=np.empty(0, int))
    n_head, n_tuned = n_best
    longer = replace(settings, epochs=n_tuned) if n_tuned else None
    # The counts are in the name, as a run that goes on may have more epochs to choose from.
    stage = f"again-{n_head}-{n_tuned}"
    return run(everything, replace(head_settings, epochs=n_head), longer, stage=stage, callback=callback)


def _frozen_part(
    tunable: PartlyFrozen, tuning_data: TuningData, checkpoint: Checkpoint | None, callback: Callback | None
) -> list[np.ndarray]:
    """Return the outputs of the frozen part, as the checkpoint has it or computed."""
    if checkpoint:
        kept = checkpoint.load_maps([(len(tuning_data.pixels), *each.shape[1:]) for each in tunable.frozen.outputs])
        if kept:
            return kept
    maps = run_model(tunable.frozen, [tuning_data.pixels], callback=callback)
    if checkpoint:
        checkpoint.save_maps(maps)
    return maps


def describe_training(
    tunable: PartlyFrozen, tuning_data: TuningData, head_settings: HeadSettings, settings: TuningSettings
) -> dict[str, str]:
    """Write down what has to be the same when the work goes on; how many epochs there are to be may change."""
    return {
        "network": f"{tunable.title} size={tunable.image_size} weights={tunable.weights_sha256}",
        "first_trained_layer": tunable.first,
        "head": str(head_settings),
        "settings": str(replace(settings, epochs=1, patience=1)),
        "images": tuning_data.hash(),
    }
