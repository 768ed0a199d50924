"""Encode labels as the numbers that a learner predicts: class indices, or numbers to predict."""

from collections.abc import Sequence

import numpy as np

from ..errors import TrainingError
from ..features.saved_features import sorted_labels
from ..records import Label
from ..sources.labels import label_text


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
        texts = [label for label in known if isinstance(label, str)]
        if texts:
            raise TrainingError(f"Label {texts[0]!r} is not a number: leave --target out to predict classes.")
        return np.array([np.nan if label is None else label for label in labels], np.float64), ()
    classes = tuple(dict.fromkeys(map(label_text, known)))
    if len(classes) == 1:
        raise TrainingError(f"All labels are {classes[0]}: at least two classes are needed.")
    class_indices = {name: index for index, name in enumerate(classes)}
    return np.array([np.nan if label is None else class_indices[label_text(label)] for label in labels]), classes
