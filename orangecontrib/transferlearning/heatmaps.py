"""Numbers by position, drawn over the picture that they are of."""

import numpy as np
from PIL import Image

from .tiles import colour


def spread(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Magnify values smoothly; every one is in the middle of its part of the picture.

    Parameters
    ----------
    values : ndarray of shape (height, width)
    size : tuple of int
        (width, height) in pixels.

    Returns
    -------
    ndarray of shape (size[1], size[0]), float32
        From the least to the greatest of the values.
    """
    smooth = Image.fromarray(np.asarray(values, np.float32)).resize(size, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(smooth), np.float32(values.min()), np.float32(values.max()))


def draw_heat(values: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """Draw values as colours, from the least (dark) to the greatest (bright).

    Returns
    -------
    PIL.Image.Image
        RGB, of this (width, height).
    """
    return colour(spread(values, size))


def draw_over(picture: np.ndarray, values: np.ndarray, opacity: float = 0.5) -> Image.Image:
    """Draw values over a picture.

    Parameters
    ----------
    picture : ndarray of shape (height, width, 3), uint8
    values : ndarray of shape (map_height, map_width)
    opacity : float
        Of the colours, 0-1.

    Returns
    -------
    PIL.Image.Image
        RGB, as large as the picture.
    """
    below = Image.fromarray(picture)
    return Image.blend(below, draw_heat(values, below.size), opacity)
