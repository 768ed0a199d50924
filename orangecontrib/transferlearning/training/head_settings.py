"""Settings of a head: its layers and its training."""

from dataclasses import dataclass

from ..errors import SettingError


@dataclass(frozen=True)
class HeadSettings:
    """Settings of a head: a small network on features.

    Attributes
    ----------
    hidden : int
        Units of a hidden layer; 0 for none.
    dropout : float
        Share of the hidden layer's units (of the features, where there is no such layer) that each step ignores.
    epochs : int
        Passes over the images, at most.
    batch_size : int
        Images a step.
    learning_rate : float
        Of Adam.
    l2 : float
        Penalty on the squared weights, added to the loss.
    patience : int
        Epochs that the validation loss may go without getting lower.
    balanced : bool
        Whether each class counts the same, however many images it has.
    seed : int
        Of the first weights, the order of images and what is ignored.

    Raises
    ------
    SettingError
        A value that cannot be.
    """

    hidden: int = 0
    dropout: float = 0.0
    epochs: int = 100
    batch_size: int = 32
    learning_rate: float = 0.003
    l2: float = 0.03
    patience: int = 10
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
        for name, (kept, expected) in rules.items():
            if not kept:
                raise SettingError(f"{name} has to be {expected}, not {getattr(self, name)}.")
