"""How the last layers of a network are trained further."""

from dataclasses import dataclass

from .augmentation import Augmentation
from .errors import SettingError

Unfreeze = int | str
"""How many of the last layers with weights are trained, or the name of the first one."""


@dataclass(frozen=True)
class TuningSettings:
    """Settings of the second phase.

    Attributes
    ----------
    unfreeze : int or str
        How many of the last layers with weights are trained, batch normalisation not counted, or the name of the first.
    epochs : int
        Passes over the pictures, at most.
    learning_rate : float
        Of Adam: small, so that what the network knows is not destroyed.
    batch_size : int
        Pictures a step.
    patience : int
        Epochs that the validation loss may go without getting lower.
    balanced : bool
        Whether each class counts the same, however many pictures it has.
    augmentation : Augmentation
    seed : int
        Of the order of the pictures, and of all chance changes.

    Raises
    ------
    SettingError
        A value that cannot be.
    """

    unfreeze: Unfreeze = 3
    epochs: int = 15
    learning_rate: float = 1e-4
    batch_size: int = 16
    patience: int = 5
    balanced: bool = False
    augmentation: Augmentation = Augmentation()
    seed: int = 0

    def __post_init__(self):
        for name in ("epochs", "learning_rate", "batch_size", "patience"):
            if getattr(self, name) <= 0:
                raise SettingError(f"{name} has to be more than 0, not {getattr(self, name)}.")
