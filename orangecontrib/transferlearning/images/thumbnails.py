"""Read an image at the size of a thumbnail."""

import io

import numpy as np

from ..records import Location
from .dimensions import measure_content
from .locations import read_bytes
from .reading import decode_image


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
        width, height = measure_content(io.BytesIO(data))
    scale = min(1, side / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    return decode_image(data, size, interpolation="hamming", fast_decode=True)
