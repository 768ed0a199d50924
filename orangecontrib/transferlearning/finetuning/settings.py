"""Chance changes of images while a network is trained on them, so that it never sees the same image twice."""

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from ..errors import SettingError

if TYPE_CHECKING:
    import keras


_FILL = "reflect"
"""Fill mode of what enters the image from outside: its own mirror image, which no network takes for an object."""


@dataclass(frozen=True)
class Augmentation:
    """Random changes of images from one epoch to the next; each is off at 0.

    Attributes
    ----------
    flip : bool
        Mirrored left to right, every other time.
    shift : float
        At most this share of the height and of the width, 0-1.
    zoom : float
        In or out by at most this share, 0-1.
    rotation : float
        By at most so many degrees, 0-180, either way.

    Raises
    ------
    SettingError
        A share or an angle that cannot be.
    """

    flip: bool = False
    shift: float = 0.0
    zoom: float = 0.0
    rotation: float = 0.0

    def __post_init__(self):
        if not (0 <= self.shift < 1 and 0 <= self.zoom < 1):
            raise SettingError(
                f"Images are shifted and zoomed by a share from 0 to 1, not by {self.shift:g} and {self.zoom:g}."
            )
        if not 0 <= self.rotation <= 180:
            raise SettingError(f"Images are turned by 0 to 180 degrees, not by {self.rotation:g}.")

    def __bool__(self) -> bool:
        return any(astuple(self))

    def layers(self, seed: int) -> "list[keras.Layer]":
        """Make the Keras layers, which do something in training only."""
        from keras import layers

        made = []
        if self.flip:
            made.append(layers.RandomFlip("horizontal", seed=seed))
        if self.shift:
            made.append(layers.RandomTranslation(self.shift, self.shift, fill_mode=_FILL, seed=seed + 1))
        if self.zoom:
            made.append(layers.RandomZoom((-self.zoom, self.zoom), fill_mode=_FILL, seed=seed + 2))
        if self.rotation:
            made.append(layers.RandomRotation(self.rotation / 360, fill_mode=_FILL, seed=seed + 3))
        return made


Unfreeze = int | str
"""Number of the last layers with weights that are trained, or the name of the first one."""


@dataclass(frozen=True)
class TuningSettings:
    """Settings of the second phase.

    Attributes
    ----------
    unfreeze : int or str
        How many of the last layers with weights are trained, batch normalization not counted, or the name of the first.
    epochs : int
        Passes over the images, at most.
    learning_rate : float
        Of Adam: small, so that what the network knows is not destroyed.
    batch_size : int
        Images a step.
    patience : int
        Epochs that the validation loss may go without getting lower.
    balanced : bool
        Whether each class counts the same, however many images it has.
    augmentation : Augmentation
    seed : int
        Of the order of the images, and of all chance changes.

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
