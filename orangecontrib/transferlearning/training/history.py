"""Scores of each epoch of a training."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import Self


@dataclass(frozen=True)
class Epoch:
    """Scores of a network after one pass over the images that it is trained on.

    Attributes
    ----------
    loss : float
        On the images trained on, averaged while the epoch went on; penalties on the weights included.
    accuracy : float or None
        0-1, likewise; None where numbers are predicted.
    val_loss, val_accuracy : float or None
        On the images kept for validation, at the end of the epoch; None where there are none.
    """

    loss: float
    accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None

    def __str__(self) -> str:
        """Return the scores in a few words."""
        words = f"loss {self.loss:.3f}"
        if self.val_loss is not None:
            words += f" (validation {self.val_loss:.3f})"
        if self.accuracy is not None:
            words += f", accuracy {self.accuracy:.3f}"
        return words if self.val_accuracy is None else f"{words} (validation {self.val_accuracy:.3f})"

    @classmethod
    def of_logs(cls, logs: Mapping[str, float]) -> Self:
        """Take what Keras says at the end of an epoch; what it says besides is left out."""
        return cls(**{field.name: float(logs[field.name]) for field in fields(cls) if field.name in logs})


Tell = Callable[[Epoch], bool | None]
"""Told each epoch; True makes it the last one, and the best of those so far is kept."""

TellPhase = Callable[[int, int, Epoch], bool | None]
"""Told the phase (1, 2), the number of the epoch in it (from 1), and the epoch; True makes it the last of all."""


@dataclass(frozen=True)
class History:
    """The epochs of a training.

    Attributes
    ----------
    epochs : tuple of Epoch
    kept : int
        Place in `epochs` of the one whose weights were kept.
    second_phase : int or None
        Place in `epochs` of the first one of fine-tuning; None where there is one phase only.
    """

    epochs: tuple[Epoch, ...]
    kept: int
    second_phase: int | None = None

    def followed_by(self, second: Self, *, kept_first: bool = False) -> Self:
        """Append the epochs of a second phase.

        Parameters
        ----------
        second : History
        kept_first : bool
            Whether the network is the one that the first phase kept, as the second made it no better.

        Returns
        -------
        History
        """
        kept = self.kept if kept_first else len(self.epochs) + second.kept
        return replace(self, epochs=self.epochs + second.epochs, kept=kept, second_phase=len(self.epochs))

    def to_csv(self) -> str:
        """Write the epochs down, one a line: number from 1, phase (1 or 2), the four numbers, 1 for the kept one."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(["epoch", "phase", *(field.name for field in fields(Epoch)), "kept"])
        first_of_second = len(self.epochs) if self.second_phase is None else self.second_phase
        for place, epoch in enumerate(self.epochs):
            numbers = ["" if value is None else f"{value:.6g}" for value in astuple(epoch)]
            writer.writerow([place + 1, 1 + (place >= first_of_second), *numbers, int(place == self.kept)])
        return text.getvalue()


def best_place(epochs: Sequence[Epoch]) -> int:
    """Find the epoch with the lowest validation loss, the first of several; the last where nothing was validated."""
    losses = [epoch.val_loss for epoch in epochs]
    return len(epochs) - 1 if None in losses else losses.index(min(losses))


def average_logs(batches: Sequence[tuple[int, Mapping[str, float]]]) -> dict[str, float]:
    """Average over an epoch what Keras says of single batches.

    Parameters
    ----------
    batches : sequence of (int, mapping)
        Rows of each batch, and its logs.

    Returns
    -------
    dict
        Each number averaged over all rows; empty without batches.
    """
    sizes = [size for size, _ in batches]
    names = batches[0][1] if batches else ()
    return {name: sum(size * float(logs[name]) for size, logs in batches) / sum(sizes) for name in names}
