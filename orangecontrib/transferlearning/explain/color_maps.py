"""Draw numbers as colors: the channels of a map as tiles, a vector as a block, and a heat map over an image."""

import math

import numpy as np
from PIL import Image

SIDE = 640
"""Approximate longer side of a drawing in pixels."""

COLORS = "viridis"
"""Color map of matplotlib, in which equal steps look equal, also to the color-blind."""

_GAP = 2
_PAPER = "white"
_LONGEST = 4


def strongest(maps: np.ndarray, n_channels: int) -> np.ndarray:
    """Return the channels with the largest mean absolute values.

    Parameters
    ----------
    maps : ndarray of shape (height, width, channels)
    n_channels : int
        Largest number of channels.

    Returns
    -------
    ndarray of shape (n_chosen,), int
        Indices of channels, the strongest first.
    """
    return np.argsort(-np.abs(maps).mean((0, 1)), kind="stable")[:n_channels]


def draw_tiles(maps: np.ndarray, side: int = SIDE) -> Image.Image:
    """Draw each channel of a map as a tile of a grid, from its smallest value (dark) to its largest (bright).

    Parameters
    ----------
    maps : ndarray of shape (height, width, channels)
    side : int
        Longer side of the image in pixels.

    Returns
    -------
    PIL.Image.Image
        An RGB image. Each value is a block of pixels; if there is too little space, values are averaged.
    """
    height, width, n_tiles = maps.shape
    n_columns, scale = _best_grid(height, width, n_tiles, side)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    n_rows = math.ceil(n_tiles / n_columns)
    sheet = Image.new("RGB", (n_columns * (size[0] + _GAP) - _GAP, n_rows * (size[1] + _GAP) - _GAP), _PAPER)
    method = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
    for number in range(n_tiles):
        row, column = divmod(number, n_columns)
        tile = color(maps[..., number]).resize(size, method)
        sheet.paste(tile, (column * (size[0] + _GAP), row * (size[1] + _GAP)))
    return sheet


def _best_grid(height: int, width: int, n_tiles: int, side: int) -> tuple[int, float]:
    """Return the number of columns with the largest tiles, and the scale of the tiles."""

    def scale(n_columns: int) -> float:
        n_rows = math.ceil(n_tiles / n_columns)
        across, down = side - _GAP * (n_columns - 1), side - _GAP * (n_rows - 1)
        return min(across / (n_columns * width), down / (n_rows * height))

    best = max(range(1, n_tiles + 1), key=lambda n: (scale(n), -math.ceil(n_tiles / n), -n))
    return best, max(scale(best), 1 / max(height, width))


def block_shape(n_values: int) -> tuple[int, int]:
    """Return the number of rows and columns of the block for a vector, such as 32 x 64 for 2048 values.

    If no factors are close to a square, for example for a prime number, a part of the last row is empty.
    """
    rows = next(n for n in range(math.isqrt(n_values), 0, -1) if n_values % n == 0)
    if n_values > _LONGEST * rows * rows:
        rows = math.isqrt(n_values)
    return rows, math.ceil(n_values / rows)


def draw_block(vector: np.ndarray, side: int = SIDE) -> Image.Image:
    """Draw a vector as a block, row by row, from its smallest value (dark) to its largest (bright).

    Parameters
    ----------
    vector : ndarray of shape (n_values,)
    side : int
        Approximate width of the image in pixels.

    Returns
    -------
    PIL.Image.Image
        An RGB image; positions after the last value are white.
    """
    n_rows, n_columns = block_shape(len(vector))
    row = np.asarray(color(vector[None]))[0]
    cells = np.full((n_rows * n_columns, 3), 255, np.uint8)
    cells[: len(vector)] = row
    scale = max(1, side // n_columns)
    block = Image.fromarray(cells.reshape(n_rows, n_columns, 3))
    return block.resize((n_columns * scale, n_rows * scale), Image.Resampling.NEAREST)


def color(values: np.ndarray) -> Image.Image:
    """Color numbers of shape (height, width) from the smallest (dark) to the largest (bright)."""
    import matplotlib

    low, high = float(values.min()), float(values.max())
    scaled = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return Image.fromarray(matplotlib.colormaps[COLORS](scaled, bytes=True)[..., :3].copy())


def magnify(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Interpolate values to the size of an image; each value is in the middle of its part of the image.

    Parameters
    ----------
    values : ndarray of shape (height, width)
    size : tuple of int
        (width, height) in pixels.

    Returns
    -------
    ndarray of shape (size[1], size[0]), float32
        Values that do not exceed the range of the given ones.
    """
    smooth = Image.fromarray(np.asarray(values, np.float32)).resize(size, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(smooth), np.float32(values.min()), np.float32(values.max()))


def draw_heat(values: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """Draw values as colors, from the smallest (dark) to the largest (bright).

    Returns
    -------
    PIL.Image.Image
        An RGB image of this (width, height).
    """
    return color(magnify(values, size))


def draw_over(image: np.ndarray, values: np.ndarray, opacity: float = 0.5) -> Image.Image:
    """Draw values over an image.

    Parameters
    ----------
    image : ndarray of shape (height, width, 3), uint8
    values : ndarray of shape (map_height, map_width)
    opacity : float
        Opacity of the colors, 0-1.

    Returns
    -------
    PIL.Image.Image
        An RGB image of the same size.
    """
    below = Image.fromarray(image)
    return Image.blend(below, draw_heat(values, below.size), opacity)
