"""The history of a training: scores of each epoch."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import Literal, Self, get_args

from ..errors import SettingError


@dataclass(frozen=True)
class Epoch:
    """Scores of an epoch, one pass over the training images.

    Attributes
    ----------
    loss : float
        Loss on the training images, averaged over the batches; with the penalties on the weights.
    accuracy : float or None
        Accuracy on the same images, 0-1; None if numbers are predicted.
    val_loss, val_accuracy : float or None
        Loss and accuracy on the validation images at the end of the epoch; None without validation.
    """

    loss: float
    accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None

    def __str__(self) -> str:
        """Return the scores as text."""
        words = f"loss {self.loss:.3f}"
        if self.val_loss is not None:
            words += f" (validation {self.val_loss:.3f})"
        if self.accuracy is not None:
            words += f", accuracy {self.accuracy:.3f}"
        return words if self.val_accuracy is None else f"{words} (validation {self.val_accuracy:.3f})"

    @classmethod
    def of_logs(cls, logs: Mapping[str, float]) -> Self:
        """Make an epoch from the logs of Keras; logs with other names are left out."""
        return cls(**{field.name: float(logs[field.name]) for field in fields(cls) if field.name in logs})


Measure = Literal["loss", "accuracy"]
"""What the best epoch is chosen by: the lowest validation loss or the highest validation accuracy."""

EpochCallback = Callable[[Epoch], bool | None]
"""A function called after each epoch; if it returns True, training stops, and the best epoch so far is kept."""

PhaseCallback = Callable[[int, int, Epoch], bool | None]
"""A function called with the phase (1, 2), the epoch's number in it (from 1) and the epoch; True stops training."""


@dataclass(frozen=True)
class History:
    """The epochs of a training.

    Attributes
    ----------
    epochs : tuple of Epoch
    kept : int
        Index of the epoch whose weights were kept.
    second_phase : int or None
        Index of the first epoch of fine-tuning; None if there is only one phase.
    best_by : {"loss", "accuracy"}
        What the epoch was chosen by, if there was validation.
    """

    epochs: tuple[Epoch, ...]
    kept: int
    second_phase: int | None = None
    best_by: Measure = "loss"

    @property
    def kept_epoch(self) -> Epoch:
        """The epoch whose weights were kept."""
        return self.epochs[self.kept]

    @property
    def reason(self) -> str:
        """Why the epoch was kept, such as "lowest validation loss"."""
        if self.kept_epoch.val_loss is None:
            return "last epoch"
        is_by_accuracy = self.best_by == "accuracy" and self.kept_epoch.val_accuracy is not None
        return "highest validation accuracy" if is_by_accuracy else "lowest validation loss"

    def followed_by(self, second: Self, *, kept_first: bool = False) -> Self:
        """Return this history with the epochs of a second phase appended.

        Parameters
        ----------
        second : History
        kept_first : bool
            Whether the weights of the first phase were kept, because the second phase was no better.

        Returns
        -------
        History
        """
        kept = self.kept if kept_first else len(self.epochs) + second.kept
        return replace(self, epochs=self.epochs + second.epochs, kept=kept, second_phase=len(self.epochs))

    def to_csv(self) -> str:
        """Return a CSV table with a line per epoch: number from 1, phase (1 or 2), the scores, 1 for the kept epoch."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(["epoch", "phase", *(field.name for field in fields(Epoch)), "kept"])
        first_of_second = len(self.epochs) if self.second_phase is None else self.second_phase
        for index, epoch in enumerate(self.epochs):
            numbers = ["" if value is None else f"{value:.6g}" for value in astuple(epoch)]
            writer.writerow([index + 1, 1 + (index >= first_of_second), *numbers, int(index == self.kept)])
        return text.getvalue()


def best_epoch_index(epochs: Sequence[Epoch], best_by: Measure = "loss") -> int:
    """Return the index of the best epoch; the first of several that are equally good.

    Parameters
    ----------
    epochs : sequence of Epoch
        Without validation, the last epoch is the best.
    best_by : {"loss", "accuracy"}
        With "accuracy", the lower loss decides between epochs of the same accuracy, and alone if there is no accuracy.
    """
    if any(epoch.val_loss is None for epoch in epochs):
        return len(epochs) - 1
    return min(range(len(epochs)), key=lambda index: validation_rank(epochs[index], best_by))


def validation_rank(epoch: Epoch, best_by: Measure) -> tuple[float, float]:
    """Return a rank of an epoch with validation: the better of two epochs has the lower rank."""
    accuracy = epoch.val_accuracy if best_by == "accuracy" else None
    # Averages over batches differ in their last digits, although as many images are right.
    return -round(accuracy or 0.0, 6), epoch.val_loss


def check_measure(best_by: str) -> None:
    """Raise `SettingError` if the best epoch cannot be chosen by this measure."""
    if best_by not in get_args(Measure):
        raise SettingError(f"The best epoch is chosen by loss or by accuracy, not by {best_by}.")


def average_logs(batches: Sequence[tuple[int, Mapping[str, float]]]) -> dict[str, float]:
    """Average the logs of the batches of an epoch.

    Parameters
    ----------
    batches : sequence of (int, mapping)
        Number of rows and logs of each batch.

    Returns
    -------
    dict
        Each log, averaged over all rows; empty without batches.
    """
    sizes = [size for size, _ in batches]
    names = batches[0][1] if batches else ()
    return {name: sum(size * float(logs[name]) for size, logs in batches) / sum(sizes) for name in names}
