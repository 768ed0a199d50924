"""Scale numbers of any type to uint8, 0-255."""

import numpy as np

from ..errors import ImageReadError

_CHUNK_BYTES = 2**24


def pixel_scale(array: np.ndarray) -> float:
    """Return the factor that scales the values of an array, of one or several images, to 0-255.

    Parameters
    ----------
    array : ndarray, not empty
        An array that may be memory-mapped and of any size, as it is read in parts.

    Returns
    -------
    float
        1 for integers within 0-255; 255 for bool and for floats within 0-1; 1 for other floats within 0-255.

    Raises
    ------
    ImageReadError
        The array has another type or other values.
    """
    kind = array.dtype.kind
    if array.dtype == np.uint8:
        return 1.0
    if kind not in "buif":
        raise ImageReadError(f"pixels must be numbers (uint8, 0-255), not {array.dtype}")
    step = max(1, _CHUNK_BYTES // array[0].nbytes)
    chunks = (array[start : start + step] for start in range(0, len(array), step))
    lows, highs = zip(*((chunk.min(), chunk.max()) for chunk in chunks), strict=True)
    low, high = np.min(lows).item(), np.max(highs).item()
    if not (0 <= low and high <= 255):
        raise ImageReadError(
            f"pixels must be within 0-255, or 0-1 for floats; these are {array.dtype} from {low} to {high}"
        )
    return 255.0 if kind == "b" or (kind == "f" and high <= 1) else 1.0


def to_uint8(values: np.ndarray, scale: float) -> np.ndarray:
    """Multiply an array of numbers by `scale`, and round the values to uint8."""
    if values.dtype == np.uint8 and scale == 1:
        return values
    return np.rint(np.multiply(values, scale, dtype=np.float64)).astype(np.uint8)


def gray_to_uint8(values: np.ndarray) -> np.ndarray:
    """Scale 16-bit, 32-bit and floating-point gray.

    Integers within 0-65535 are scaled from that range to 0-255. Floats within 0-1 are multiplied by 255; floats within
    0-255 are not scaled. All other values are scaled so that the smallest becomes 0 and the largest 255 (all become 0
    if they are equal).

    Raises
    ------
    ImageReadError
        A value is not finite.
    """
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise ImageReadError("the image holds values that are not finite numbers")
    limit, scale = (255, 255 if high <= 1 else 1) if values.dtype.kind == "f" else (65535, 1 / 257)
    if 0 <= low and high <= limit:
        return to_uint8(values, scale)
    return to_uint8(values - np.float64(low), 255 / (high - low) if high > low else 0)


MAX_PIXELS = 178_956_970
"""Largest number of pixels of an image: Pillow's own limit, also if it was switched off."""
