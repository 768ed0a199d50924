"""Settings of fine-tuning: the training of the last layers, and the augmentation of images."""

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from ..errors import SettingError
from ..training.history import Measure, check_measure

if TYPE_CHECKING:
    import keras


_FILL = "reflect"
"""Pixels from outside of the image are filled with its mirror image, which is the most natural."""


@dataclass(frozen=True)
class Augmentation:
    """Random changes of images from one epoch to the next; each is off at 0.

    Attributes
    ----------
    flip : bool
        Whether images are mirrored left to right, each time at random.
    shift : float
        Largest shift, as a share of the height and of the width, 0-1.
    zoom : float
        Largest share by which images are enlarged or reduced, 0-1.
    rotation : float
        Largest rotation in degrees, 0-180, in either direction.

    Raises
    ------
    SettingError
        A share or an angle is out of range.
    """

    flip: bool = False
    shift: float = 0.0
    zoom: float = 0.0
    rotation: float = 0.0

    def __post_init__(self):
        for name in ("shift", "zoom"):
            if not 0 <= getattr(self, name) < 1:
                raise SettingError(f"{name} has to be at least 0 and less than 1, not {getattr(self, name):g}.")
        if not 0 <= self.rotation <= 180:
            raise SettingError(f"Images are rotated by 0 to 180 degrees, not by {self.rotation:g}.")

    def __bool__(self) -> bool:
        return any(astuple(self))

    def layers(self, seed: int) -> "list[keras.Layer]":
        """Return the Keras layers, which change images only in training."""
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
        Number of the last layers with weights that are trained, without batch normalization, or the name of the first.
    epochs : int
        Largest number of passes over the images.
    learning_rate : float
        Learning rate of Adam; small, so that the network keeps what it has learned.
    batch_size : int
        Number of images in each step.
    patience : int
        Number of epochs without a better one after which training ends.
    best_by : {"loss", "accuracy"}
        Whether the best epoch is the one with the lowest validation loss or with the highest validation accuracy.
    balanced : bool
        Whether each class has the same total weight, whatever its number of images.
    augmentation : Augmentation
    seed : int
        Seed of the order of images, and of the random changes.

    Raises
    ------
    SettingError
        A value is out of range.
    """

    unfreeze: Unfreeze = 3
    epochs: int = 15
    learning_rate: float = 1e-4
    batch_size: int = 16
    patience: int = 5
    best_by: Measure = "loss"
    balanced: bool = False
    augmentation: Augmentation = Augmentation()
    seed: int = 0

    def __post_init__(self):
        for name in ("epochs", "learning_rate", "batch_size", "patience"):
            if getattr(self, name) <= 0:
                raise SettingError(f"{name} has to be more than 0, not {getattr(self, name)}.")
        check_measure(self.best_by)
