"""Settings of a head: its layers and its training."""

from dataclasses import dataclass

from ..errors import SettingError
from .history import Measure, check_measure


@dataclass(frozen=True)
class HeadSettings:
    """Settings of a head.

    Attributes
    ----------
    hidden : int
        Number of units of the hidden layer; 0 for no hidden layer.
    dropout : float
        Share of the hidden layer's units (or of the features, without a hidden layer) that each step ignores.
    epochs : int
        Largest number of passes over the images.
    batch_size : int
        Number of images per step.
    learning_rate : float
        Learning rate of Adam.
    l2 : float
        Penalty on the squared weights, added to the loss.
    patience : int
        Training stops after so many epochs without a better one.
    best_by : {"loss", "accuracy"}
        Whether the best epoch is the one with the lowest validation loss or with the highest validation accuracy.
    balanced : bool
        Whether each class has the same total weight, whatever its number of images.
    seed : int
        Seed of the initial weights, the order of images and the dropout.

    Raises
    ------
    SettingError
        A value is out of range.
    """

    hidden: int = 0
    dropout: float = 0.0
    epochs: int = 100
    batch_size: int = 32
    learning_rate: float = 0.003
    l2: float = 0.03
    patience: int = 10
    best_by: Measure = "loss"
    balanced: bool = False
    seed: int = 0

    def __post_init__(self):
        rules = {
            "hidden": (self.hidden >= 0, "0 or more"),
            "dropout": (0 <= self.dropout < 1, "0 or more, and less than 1"),
            "epochs": (self.epochs >= 1, "1 or more"),
            "batch_size": (self.batch_size >= 1, "1 or more"),
            "learning_rate": (self.learning_rate > 0, "more than 0"),
            "l2": (self.l2 >= 0, "0 or more"),
            "patience": (self.patience >= 1, "1 or more"),
        }
        for name, (is_valid, expected) in rules.items():
            if not is_valid:
                raise SettingError(f"{name} has to be {expected}, not {getattr(self, name)}.")
        check_measure(self.best_by)
