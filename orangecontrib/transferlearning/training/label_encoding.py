"""Labels as the numbers that a learner predicts: places of classes, or quantities."""

from collections.abc import Sequence

import numpy as np

from ..errors import TrainingError
from ..features.saved_features import sorted_labels
from ..records import Label
from ..sources.labels import label_text


def encode_labels(labels: Sequence[Label], is_target: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    """Make numbers of labels.

    Parameters
    ----------
    labels : sequence of Label
    is_target : bool
        Whether they are numbers to predict, not classes.

    Returns
    -------
    values : ndarray of shape (n,), float64
        Places of the labels among the classes, or numbers; NaN where there is no label.
    classes : tuple of str
        Sorted, numbers by size; empty for numbers to predict.

    Raises
    ------
    TrainingError
        No label at all, text where numbers are to be predicted, or one class only.
    """
    known = sorted_labels(labels)
    if not known:
        raise TrainingError("The images have no labels: take a folder of folders, or name the column of labels.")
    if is_target:
        texts = [label for label in known if isinstance(label, str)]
        if texts:
            raise TrainingError(f"Label {texts[0]!r} is no number to predict: leave --target out to predict classes.")
        return np.array([np.nan if label is None else label for label in labels], np.float64), ()
    classes = tuple(dict.fromkeys(map(label_text, known)))
    if len(classes) == 1:
        raise TrainingError(f"All labels are {classes[0]}: two classes or more are needed.")
    places = {name: place for place, name in enumerate(classes)}
    return np.array([np.nan if label is None else places[label_text(label)] for label in labels]), classes
