"""Pictures, what is to be predicted of them, and which of them are for training, validation and test."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .errors import SettingError, TrainingError
from .outcomes import encode_labels
from .picturesets import PictureSet
from .shares import choose_share
from .splits import choose_test_rows


@dataclass(frozen=True, eq=False)
class Material:
    """Pictures with what is to be predicted of them, and which are for what.

    Attributes
    ----------
    pixels : ndarray of shape (n, height, width, 3), uint8, RGB
    outcomes : ndarray of shape (n,), float64
        Places in `classes`, or numbers.
    classes : tuple of str
        Empty where numbers are predicted.
    train, validation, test : ndarray of int
        Row numbers.
    """

    pixels: np.ndarray
    outcomes: np.ndarray
    classes: tuple[str, ...]
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    @property
    def not_for_test(self) -> np.ndarray:
        """Row numbers of those to train on and those for validation, sorted."""
        return np.sort(np.concatenate([self.train, self.validation]))

    def hash(self) -> str:
        """Hash everything, SHA-256."""
        digest = hashlib.sha256(repr((self.pixels.shape, self.classes)).encode())
        for array in (self.outcomes, self.train, self.validation, self.test, *self.pixels):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


_PURPOSES = {"validation": "validation", "test": "the test"}


def make_material(
    pictures: PictureSet,
    roles: Sequence[str] = ("train",),
    *,
    is_target: bool = False,
    validation_size: float = 0.2,
    test_size: float = 0.25,
    seed: int = 0,
) -> Material:
    """Divide pictures, those without a label left out.

    Parameters
    ----------
    pictures : PictureSet
    roles : sequence of {"train", "validation", "test"}
        What each of their sources is for. Where none is for the test, or for validation, a part of those to train on
        is taken, of each class its share: the same as `plan_network` takes with the same seed.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    validation_size, test_size : float
        Shares, 0 or more and less than 1; 0 for none. The first is of those that are left by the test.
    seed : int
        Of the choice.

    Raises
    ------
    SettingError
        A share that cannot be.
    TrainingError
        No labels in one of the sources, one class only, or too few pictures of a class.
    """
    if not (0 <= validation_size < 1 and 0 <= test_size < 1):
        raise SettingError("The parts for validation and test are shares: 0 or more, and less than 1.")
    outcomes, classes = encode_labels(pictures.labels, is_target)
    known = ~np.isnan(outcomes)
    of_part = np.array(roles)[pictures.parts]
    rows = {role: np.flatnonzero(known & (of_part == role)) for role in ("train", "validation", "test")}
    empty = [role for role in _PURPOSES if role in roles and not len(rows[role])]
    if empty:
        raise TrainingError(
            f"None of the pictures given for {_PURPOSES[empty[0]]} has a label: give folders with a subfolder for each "
            "class, or a table with the column of the labels."
        )
    rest = rows["train"]
    if test_size and "test" not in roles:
        rows["test"] = rest[choose_test_rows(outcomes[rest], classes, test_size, 1, seed)]
        rest = np.setdiff1d(rest, rows["test"])
    if validation_size and "validation" not in roles:
        rows["validation"] = rest[choose_share(outcomes[rest], is_target, validation_size, seed)]
        rest = np.setdiff1d(rest, rows["validation"])
    _refuse_untrained(outcomes[rest], classes)
    return Material(pictures.pixels, outcomes, classes, **rows | {"train": rest})


def _refuse_untrained(outcomes: np.ndarray, classes: tuple[str, ...]) -> None:
    if not len(outcomes):
        raise TrainingError("There are no pictures with a label to train on.")
    if classes:
        counts = np.bincount(outcomes.astype(int), minlength=len(classes))
        if not counts.all():
            missing = classes[int(np.argmin(counts))]
            raise TrainingError(f"Class {missing} has no pictures to train on: add some, or leave it out everywhere.")
    elif np.ptp(outcomes) == 0:
        raise TrainingError(f"All labels are {outcomes[0]:g}: there is nothing to predict.")
