"""Scale numbers of any type to uint8, 0-255."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import ImageReadError

_CHUNK_BYTES = 2**24
_TINY = 1e-300


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
    return _scaled(values, 0, scale)


def _scaled(values: np.ndarray, low: float, factor: float) -> np.ndarray:
    def scale(part: np.ndarray) -> np.ndarray:
        part = np.where(np.isfinite(part), part, low) if values.dtype.kind == "f" else part
        return np.rint((part - low) * factor)

    return compute_in_parts(values, scale, np.uint8)


def compute_in_parts(
    values: np.ndarray, function: Callable[[np.ndarray], np.ndarray], dtype: type = np.float32
) -> np.ndarray:
    """Apply a function of single values in double precision, row by row, as whole images would take much memory.

    Parameters
    ----------
    values : ndarray of numbers
    function : callable
        Function from float64 to float64, of the same shape.
    dtype : type
        Type of the result.
    """
    result = np.empty(values.shape, dtype)
    step = max(1, _CHUNK_BYTES // max(1, 8 * values[:1].size))
    for start in range(0, len(values), step):
        result[start : start + step] = function(values[start : start + step].astype(np.float64))
    return result


@dataclass(frozen=True)
class Scale:
    """A linear scale from values to 0-255: ``(value - low) * factor``.

    Attributes
    ----------
    low, factor : float
    lowest, highest : float
        The smallest and largest value there is.
    is_stretched : bool
        Whether the scale depends on these values, so that they become 0 and 255.
    """

    low: float
    factor: float
    lowest: float
    highest: float
    is_stretched: bool = False

    @property
    def n_levels(self) -> int:
        """Number of whole numbers, 0-255, that values can become."""
        return round((self.highest - self.low) * self.factor) - round((self.lowest - self.low) * self.factor) + 1


def natural_scale(values: np.ndarray, top: float | None = None) -> Scale:
    """Return the scale for the values of an image.

    Integers of one byte are not scaled; others within 0-65535 are scaled from that range, or from 0-`top`. Floats
    within 0-1 are multiplied by 255; floats within 0-255 are not scaled. All other values are scaled so that the
    smallest becomes 0 and the largest 255 (all become 0 if they are equal). Numbers that are not finite do not count.

    Parameters
    ----------
    values : ndarray, not empty
    top : float, optional
        The value that is white, if the file says so.

    Raises
    ------
    ImageReadError
        No value is finite, or they are too large.
    """
    values = finite_values(values)
    lowest, highest = values.min().item(), values.max().item()
    if top is None and values.dtype.kind == "f":
        top = 1 if highest <= 1 else 255
    elif top is None:
        top = 255 if values.dtype.itemsize == 1 else 65535
    if 0 <= lowest and highest <= top:
        return Scale(0, 255 / top, lowest, highest)
    span = float(highest) - float(lowest)
    if not np.isfinite(span):
        raise ImageReadError("the image holds values that are too large")
    factor = 255 / span if span > _TINY else 0
    return Scale(lowest, factor, lowest, highest, is_stretched=True)


def finite_values(values: np.ndarray) -> np.ndarray:
    """Return the values that are finite numbers, all of them as they are, or else in one dimension.

    Raises
    ------
    ImageReadError
        There are none.
    """
    if values.dtype.kind != "f":
        return values
    is_finite = np.isfinite(values)
    if is_finite.all():
        return values
    if not is_finite.any():
        raise ImageReadError("the image holds only values that are not finite numbers")
    return values[is_finite]


def gray_to_uint8(values: np.ndarray, scale: Scale | None = None) -> np.ndarray:
    """Scale the values of an image to uint8, by default on their `natural_scale`; what is not finite becomes 0."""
    scale = scale or natural_scale(values)
    is_as_such = values.dtype == np.uint8 and (scale.low, scale.factor) == (0, 1)
    return values if is_as_such else _scaled(values, np.float64(scale.low), scale.factor)


MAX_PIXELS = 178_956_970
"""Largest number of pixels of an image: Pillow's own limit, also if it was switched off."""

MAX_ARRAY_BYTES = 2**31
"""Largest number of bytes of all values of an image that Pillow does not read."""
