"""Read an image, with what is to know about it."""

from collections.abc import Sequence

import numpy as np

from ..images.locations import read_bytes
from ..images.notes import ImageNote
from ..images.reading import decode
from ..images.steps import Step
from ..records import Location


def read_noted(image: Location, steps: Sequence[Step] = ()) -> tuple[np.ndarray, tuple[ImageNote, ...]]:
    """Read an image at its own size.

    Returns
    -------
    pixels : ndarray of shape (height, width, 3), uint8
        The upright RGB image.
    notes : tuple of ImageNote

    Raises
    ------
    ImageReadError
        The image cannot be read.
    """
    decoded = decode(image if isinstance(image, np.ndarray) else read_bytes(image), steps=steps)
    return decoded.pixels, decoded.notes
