"""Read images with their targets, and divide them into images for training, validation and test."""

import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from os import cpu_count

import numpy as np

from ..embedding.pipeline import BATCHES_AHEAD, map_ahead
from ..errors import ImageReadError, SettingError, TrainingError
from ..images.locations import read_bytes
from ..images.reading import Decoded, decode
from ..images.steps import Step
from ..records import Callback, ImageItem, Label, Notes, Skipped, Source, describe_unread
from ..sources.keys import names_in_words
from ..training.label_encoding import encode_labels
from ..training.splits import choose_share, choose_test_rows
from .large_arrays import make_array

_BATCH = 32


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images that could be read, in the order of their sources.

    Attributes
    ----------
    pixels : ndarray of shape (n, height, width, 3), uint8, RGB
    keys : list of str
        Length n.
    labels : list of Label
        Length n.
    positions : ndarray of shape (n,), int
        Position of each image in its source.
    source_numbers : ndarray of shape (n,), int
        Number of each image's source.
    skipped : list of Skipped
        Images that could not be read.
    notes : Notes
        What is to know about the others.
    """

    pixels: np.ndarray
    keys: list[str]
    labels: list[Label]
    positions: np.ndarray
    source_numbers: np.ndarray
    skipped: list[Skipped]
    notes: Notes = field(default_factory=Notes)


def read_images(
    sources: Sequence[Source],
    image_size: tuple[int, int],
    *,
    interpolation: str = "bilinear",
    steps: Sequence[Step] = (),
    n_threads: int | None = None,
    callback: Callback | None = None,
) -> ImageSet:
    """Read all images of some sources in threads.

    Parameters
    ----------
    sources : sequence of Source
    image_size : tuple of int
        (height, width) in pixels.
    interpolation, steps
        As for `images.reading.read_image`.
    n_threads : int, optional
        Number of threads; by default that of the processor cores.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    ImageSet
        The images; if the pixels are larger than `MAX_IN_MEMORY`, they are on the disk.
    """

    def open_one(item: ImageItem) -> Decoded | str:
        try:
            data = item.location if isinstance(item.location, np.ndarray) else read_bytes(item.location)
            return decode(data, image_size, interpolation=interpolation, steps=steps)
        except ImageReadError as error:
            return str(error)

    n_all = sum(map(len, sources))
    pixels = make_array((n_all, *image_size, 3), np.uint8)
    good: list[tuple[int, int, ImageItem]] = []
    skipped: list[Skipped] = []
    notes = Notes()
    numbered = (
        (number, position, item) for number, source in enumerate(sources) for position, item in enumerate(source)
    )
    items = chain.from_iterable(sources)
    with closing(map_ahead(open_one, items, n_threads or cpu_count() or 1, BATCHES_AHEAD * _BATCH)) as opened:
        for (number, position, item), image in zip(numbered, opened, strict=True):
            if isinstance(image, str):
                skipped.append(Skipped(item.key, image))
            else:
                pixels[len(good)] = image.pixels
                for note in image.notes:
                    notes.add(item.key, note.text, note.detail)
                good.append((number, position, item))
            if callback:
                callback((len(good) + len(skipped)) / n_all)
    return ImageSet(
        pixels[: len(good)],
        [item.key for _, _, item in good],
        [item.label for _, _, item in good],
        np.array([position for _, position, _ in good], int),
        np.array([number for number, _, _ in good], int),
        skipped,
        notes,
    )


def check_not_empty(images: ImageSet) -> None:
    """Raise `TrainingError` if no image could be read."""
    if not images.keys:
        raise TrainingError(describe_unread(images.skipped))


@dataclass(frozen=True, eq=False)
class TuningData:
    """Images with their targets, divided into images for training, validation and test.

    Attributes
    ----------
    pixels : ndarray of shape (n, height, width, 3), uint8, RGB
    targets : ndarray of shape (n,), float64
        Class indices, or numbers to predict.
    classes : tuple of str
        Names of the classes; empty if numbers are predicted.
    train, validation, test : ndarray of int
        Row numbers.
    """

    pixels: np.ndarray
    targets: np.ndarray
    classes: tuple[str, ...]
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    @property
    def without_test(self) -> np.ndarray:
        """Sorted rows of the images for training and validation."""
        return np.sort(np.concatenate([self.train, self.validation]))

    def hash(self) -> str:
        """Return a SHA-256 hash of images, targets and division."""
        digest = hashlib.sha256(repr((self.pixels.shape, self.classes)).encode())
        for array in (self.targets, self.train, self.validation, self.test, *self.pixels):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


_PURPOSES = {"validation": "validation", "test": "the test"}


def make_tuning_data(
    images: ImageSet,
    roles: Sequence[str] = ("train",),
    *,
    is_target: bool = False,
    validation_size: float = 0.2,
    test_size: float = 0.25,
    seed: int = 0,
) -> TuningData:
    """Divide the images that have a label.

    Parameters
    ----------
    images : ImageSet
    roles : sequence of {"train", "validation", "test"}
        Purpose of each source. If none is for the test, or for validation, a part of the training images
        is taken, the same share of each class, as by `plan_head` with the same seed.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    validation_size, test_size : float
        Shares of the images, at least 0 and less than 1. The first is a share of the images without the test.
    seed : int
        Seed of the random choice.

    Raises
    ------
    SettingError
        A share is out of range.
    TrainingError
        A source has no labels, there is only one class, or a class has too few images.
    """
    if not (0 <= validation_size < 1 and 0 <= test_size < 1):
        raise SettingError("The shares for validation and test have to be at least 0, and less than 1.")
    targets, classes = encode_labels(images.labels, is_target)
    known = ~np.isnan(targets)
    role_of_image = np.array(roles)[images.source_numbers]
    rows = {role: np.flatnonzero(known & (role_of_image == role)) for role in ("train", "validation", "test")}
    empty = [role for role in _PURPOSES if role in roles and not len(rows[role])]
    if empty:
        raise TrainingError(
            f"None of the images given for {_PURPOSES[empty[0]]} has a label: give folders with a subfolder for each "
            "class, or a table with the column of the labels."
        )
    rest = rows["train"]
    if test_size and "test" not in roles:
        rows["test"] = rest[choose_test_rows(targets[rest], classes, test_size, 1, seed)]
        rest = np.setdiff1d(rest, rows["test"])
    if validation_size and "validation" not in roles:
        rows["validation"] = rest[choose_share(targets[rest], is_target, validation_size, seed)]
        rest = np.setdiff1d(rest, rows["validation"])
    _check_all_trained(targets[rest], classes)
    return TuningData(images.pixels, targets, classes, **rows | {"train": rest})


def _check_all_trained(targets: np.ndarray, classes: tuple[str, ...]) -> None:
    if not len(targets):
        raise TrainingError("There are no images with a label to train on.")
    if classes:
        counts = np.bincount(targets.astype(int), minlength=len(classes))
        if not counts.all():
            missing = [classes[index] for index in np.flatnonzero(counts == 0)]
            many = len(missing) > 1
            raise TrainingError(
                f"Class{'es' * many} {names_in_words(missing)} {'have' if many else 'has'} no images to train on: add "
                f"some, or leave {'them' if many else 'it'} out everywhere."
            )
    elif np.ptp(targets) == 0:
        raise TrainingError(f"All labels are {targets[0]:g}: there is nothing to predict.")
