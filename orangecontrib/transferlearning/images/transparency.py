"""Lay transparent images on white, where their alpha means transparency."""

import numpy as np
from PIL import Image

from .notes import ImageNote

_N_SAMPLES = 2**16
_N_LEVELS = 16
_LEAST_HIDDEN = 0.1
_NOISE = 24
_FEW = 0.2


def lay_on_white(image: Image.Image, *, holds_a_band: bool = False) -> tuple[Image.Image, list[ImageNote]]:
    """Return an image on white, in mode RGB.

    Alpha that is 0 everywhere is no transparency, as nothing would be seen: the colors are kept, unless all are black
    (an empty canvas is white).

    Parameters
    ----------
    image : PIL.Image.Image
        An image of 8 bits with alpha, or with a transparent color.
    holds_a_band : bool
        Whether the alpha is known to be another band (`is_band`), whose values are no transparency.

    Returns
    -------
    image : PIL.Image.Image
    notes : list of ImageNote
    """
    image = image.convert("RGBA")
    colors = image.convert("RGB")
    if holds_a_band:
        return colors, [ImageNote("band", (4,))]
    if image.getchannel("A").getextrema() == (0, 0) and colors.getbbox():
        return colors, [ImageNote("transparent")]
    share = _hidden_share(np.asarray(image))
    notes = [ImageNote("hidden", (share,))] if share else []
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB"), notes


def _hidden_share(pixels: np.ndarray) -> float:
    """Return the share of pixels whose alpha is 0; 0 if they are few, or blank, also after a lossy compression."""
    flat = pixels.reshape(-1, 4)
    hidden = flat[:, 3] == 0
    share = float(hidden.mean())
    if share < _LEAST_HIDDEN:
        return 0
    colors = flat[hidden, :3]
    colors = colors[:: max(1, len(colors) // _N_SAMPLES)]
    is_blank = len(np.unique(colors, axis=0)) <= _N_LEVELS or _is_almost(colors, 0) or _is_almost(colors, 255)
    return 0 if is_blank else share


def _is_almost(colors: np.ndarray, level: int) -> bool:
    """Return whether most colors are black or white (level 0 or 255), and others are few, as beside edges."""
    distances = np.abs(colors.astype(np.int16) - level).max(axis=1)
    return bool(np.median(distances) <= _NOISE and (distances > _NOISE).mean() < _FEW)


def is_band(pixels: np.ndarray, top: int) -> bool:
    """Return whether the last of four channels, marked as alpha, looks like a band of its own, such as near infrared.

    Where alpha means transparency, most pixels are opaque or fully transparent, or all have the same alpha. Near
    infrared has few pixels at these ends; if it has some, it has many levels, too. Pixels in which all channels are 0,
    or all at the top, do not count: they are the border of an aerial image.

    Parameters
    ----------
    pixels : ndarray of shape (height, width, 4)
    top : int
        Value of an opaque pixel.
    """
    if pixels.shape[2] != 4:
        return False
    flat = pixels.reshape(-1, 4)
    flat = flat[:: max(1, len(flat) // _N_SAMPLES)]
    alpha = flat[:, 3]
    at_end = (alpha == 0) | (alpha == top)
    counted = ~(at_end & (flat == alpha[:, None]).all(axis=1))
    between = alpha[counted & ~at_end]
    n_levels, n_counted = len(np.unique(between)), counted.sum()
    return n_levels > (1 if len(between) == n_counted else _N_LEVELS) and 2 * len(between) > n_counted
