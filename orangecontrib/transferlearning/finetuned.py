"""A network that has been fine-tuned, and how good it is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .history import History

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
        Epochs of each phase that the model was trained anew for, on the pictures for validation, too.
    truth : ndarray of shape (n_test,)
        Of the test rows: places in `classes`, or numbers.
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
        """What is predicted of the test rows in the end: places in `classes`, or numbers, of shape (n_test,)."""
        return self.decided(self.after)

    def decided(self, outputs: np.ndarray) -> np.ndarray:
        """Make places in `classes`, or numbers, of `before` or `after`."""
        return outputs.argmax(axis=1).astype(float) if self.classes else outputs[:, 0].astype(float)
