"""Read an image at the size of a thumbnail."""

import io

import numpy as np
from PIL import Image

from ..records import Location
from .damaged_files import reasons_in_words
from .dimensions import upright_size
from .locations import read_bytes
from .reading import decode_image, readable_formats


def read_small(location: Location, side: int) -> np.ndarray:
    """Read an image, reduced to fit into a square; a smaller image keeps its size.

    Parameters
    ----------
    location : Location
    side : int
        Side of the square in pixels.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8, RGB, 0-255

    Raises
    ------
    ImageReadError
        The image cannot be read; the message is the reason.
    """
    if isinstance(location, np.ndarray):
        data, (height, width) = location, location.shape[:2]
    else:
        data = read_bytes(location)
        with reasons_in_words(data), Image.open(io.BytesIO(data), formats=readable_formats()) as image:
            width, height = upright_size(image)
    scale = min(1, side / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    return decode_image(data, size, interpolation="hamming", fast_decode=True)
