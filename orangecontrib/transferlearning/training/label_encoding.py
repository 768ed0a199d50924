"""Encode labels as the numbers that a learner predicts: class indices, or numbers to predict."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ..errors import TrainingError
from ..features.saved_features import sorted_labels
from ..plurals import pl
from ..records import Label
from ..sources.keys import shortened
from ..sources.labels import label_text, target_number


def encode_labels(labels: Sequence[Label], is_target: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    """Encode labels as class indices or numbers.

    Parameters
    ----------
    labels : sequence of Label
    is_target : bool
        Whether labels are numbers to predict, not classes.

    Returns
    -------
    values : ndarray of shape (n,), float64
        Class indices or numbers; NaN for a missing label.
    classes : tuple of str
        Sorted, numbers by size; empty if numbers are predicted.

    Raises
    ------
    TrainingError
        There are no labels, one class only, or text where numbers are expected.
    """
    known = sorted_labels(labels)
    if not known:
        raise TrainingError("The images have no labels: take a folder of folders, or name the column of labels.")
    if is_target:
        # Numbers such as "0.50" are read as text from a column of labels, as they may be classes.
        numbers = {label: target_number(label) for label in known}
        wrong = [label for label, number in numbers.items() if number is None]
        if wrong:
            raise TrainingError(
                f"Label {shortened(repr(str(wrong[0])))} is not a number: leave --target out to predict classes."
            )
        return np.array([np.nan if label is None else numbers[label] for label in labels], np.float64), ()
    classes = tuple(dict.fromkeys(map(label_text, known)))
    if len(classes) == 1:
        raise TrainingError(f"All labels are {shortened(classes[0])}: at least two classes are needed.")
    class_indices = {name: index for index, name in enumerate(classes)}
    return np.array([np.nan if label is None else class_indices[label_text(label)] for label in labels]), classes


def leave_out_rare(labels: Sequence[Label], min_images: int) -> tuple[list[Label], dict[str, int]]:
    """Remove the labels of classes with few images, which are then left out like images without a label.

    Parameters
    ----------
    labels : sequence of Label
    min_images : int
        Number of images that a class needs to be kept.

    Returns
    -------
    labels : list of Label
        None in place of the labels that were removed.
    rare : dict of str to int
        Number of images of each class that was removed, sorted as the classes.

    Raises
    ------
    TrainingError
        Fewer than two classes remain.
    """
    names = [None if label is None else label_text(label) for label in labels]
    counts = Counter(names)
    order = dict.fromkeys(map(label_text, sorted_labels(labels)))
    rare = {name: counts[name] for name in order if counts[name] < min_images}
    if rare and len(order) - len(rare) < 2:
        n_kept = len(order) - len(rare)
        raise TrainingError(
            f"{n_kept} of {len(order)} classes {pl(n_kept, 'has|have')} {min_images} images or more, and at least two "
            "classes are needed: choose smaller --min-images."
        )
    return [None if name in rare else label for name, label in zip(names, labels, strict=True)], rare
