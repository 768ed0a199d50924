"""A first look at an array of pictures: its labels beside it, and shapes that its rows may have."""

import os
from dataclasses import dataclass
from pathlib import Path

from .arrays import load_array

_CHANNELS = (3, 1, 4)


@dataclass(frozen=True)
class ArrayLook:
    """What an array of pictures looks like.

    Attributes
    ----------
    n_values : int or None
        Of each picture, where pictures are rows of values, whose shape somebody has to say; else None.
    """

    n_values: int | None

    def fitting(self, height: int | None, width: int | None, channels: int) -> tuple[int, int, int] | None:
        """Complete one side of such pictures, in so many channels or, where these do not fit, in others.

        Returns
        -------
        tuple of int or None
            (height, width, channels) that give as many values; None where nothing does.
        """
        for each in (channels, *_CHANNELS):
            side = (height or width or 0) * each
            if side and self.n_values and self.n_values % side == 0:
                other = self.n_values // side
                return (height, other, each) if height else (other, width, each)
        return None


def look_at_array(path: str | os.PathLike) -> ArrayLook:
    """Look at an array of pictures before it is opened as a source.

    Raises
    ------
    SourceError
        The file is not an array of numbers.
    """
    array = load_array(path)
    return ArrayLook(array.shape[1] if array.ndim == 2 else None)


def labels_beside(path: str | os.PathLike) -> Path | None:
    """Find the labels of ``toy_data.npy``, or of ``toy.npy``: ``toy_labels.npy`` beside it; None if it is not there."""
    path = Path(path)
    labels = path.with_name(f"{path.stem.removesuffix('_data')}_labels.npy")
    return labels if labels.is_file() and labels != path else None
