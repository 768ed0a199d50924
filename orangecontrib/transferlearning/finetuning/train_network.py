"""Fine-tune a network from the locations of images to the content of a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backbones.saved_models import pack_finetuned
from ..records import Callback, Notes, Skipped, Source
from ..training.history import History, PhaseCallback
from ..training.splits import choose_share
from .dataset import ImageSet, TuningData, check_not_empty
from .fine_tune import fine_tune
from .phases import part_of
from .recipe import Recipe

_READING = 0.1
"""Share of the progress that is for reading images."""


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A fine-tuned network as the content of its file.

    Attributes
    ----------
    content : bytes
        Content of a ``.keras`` file.
    about : dict
        Description of the network, from `Recipe.about`.
    fingerprint : str
        Fingerprint of the predictions, from `Recipe.fingerprint`.
    history : History
    skipped : list of Skipped
        Images that could not be read.
    notes : Notes
        What is to know about the others.
    """

    content: bytes
    about: dict[str, Any]
    fingerprint: str
    history: History
    skipped: list[Skipped]
    notes: Notes


def train_network(
    recipe: Recipe,
    source: Source,
    targets: np.ndarray,
    classes: Sequence[str],
    label_name: str,
    validation_size: float,
    *,
    callback: Callback | None = None,
    tell: PhaseCallback | None = None,
) -> TrainedNetwork:
    """Read the images of a source and fine-tune a network on them.

    Parameters
    ----------
    recipe : Recipe
    source : Source
    targets : ndarray of shape (n_images,), float64
        Class indices, or numbers to predict.
    classes : sequence of str
        Names of the classes, of which some may have no images; empty if numbers are predicted.
    label_name : str
        Name of the classes or numbers.
    validation_size : float
        Share of the images that decides which epoch is kept; 0 to train all epochs on all images.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.
    tell : callable, optional
        Called after each epoch; if it returns True, training ends with the best network so far.

    Raises
    ------
    SettingError, TrainingError, UnknownBackboneError, WeightsError
    """
    network = recipe.open(callback and (lambda fraction: callback(0.0)))
    images = recipe.read([source], network.image_size, part_of(callback, 0, _READING))
    check_not_empty(images)
    data = _divide(images, targets[images.positions], tuple(classes), validation_size, recipe.seed)
    tuned = fine_tune(network, data, recipe.head, recipe.tuning, callback=part_of(callback, _READING, 1), tell=tell)
    about = recipe.about(network, data.classes, label_name)
    return TrainedNetwork(
        pack_finetuned(tuned.model, about),
        about,
        recipe.fingerprint(network, tuned.model),
        tuned.history,
        images.skipped,
        images.notes,
    )


def _divide(
    images: ImageSet, targets: np.ndarray, classes: tuple[str, ...], validation_size: float, seed: int
) -> TuningData:
    validation = choose_share(targets, not classes, validation_size, seed)
    train = np.delete(np.arange(len(targets)), validation)
    return TuningData(images.pixels, targets, classes, train, validation, np.empty(0, int))
