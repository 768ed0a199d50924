"""Turn images upright, as their EXIF orientation says."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from PIL import ExifTags, Image

from .damaged_files import PILLOW_ERRORS

_TURNS = Image.Transpose
TRANSPOSITIONS: Mapping[int, Image.Transpose] = MappingProxyType(
    {
        2: _TURNS.FLIP_LEFT_RIGHT,
        3: _TURNS.ROTATE_180,
        4: _TURNS.FLIP_TOP_BOTTOM,
        5: _TURNS.TRANSPOSE,
        6: _TURNS.ROTATE_270,
        7: _TURNS.TRANSVERSE,
        8: _TURNS.ROTATE_90,
    }
)
"""What turns an image of Pillow upright, by its orientation."""

_ARRAY_TURNS: Mapping[int, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {
        2: lambda values: values[:, ::-1],
        3: lambda values: values[::-1, ::-1],
        4: lambda values: values[::-1],
        5: lambda values: values.swapaxes(0, 1),
        6: lambda values: values.swapaxes(0, 1)[:, ::-1],
        7: lambda values: values.swapaxes(0, 1)[::-1, ::-1],
        8: lambda values: values.swapaxes(0, 1)[::-1],
    }
)


def exif_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1-8; 1 if there is none or it cannot be read."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except PILLOW_ERRORS:
        return 1
    return orientation if orientation in TRANSPOSITIONS else 1


def turn_array(values: np.ndarray, orientation: object) -> np.ndarray:
    """Return the values of shape (height, width, ...) turned upright; unknown orientations change nothing."""
    turn = _ARRAY_TURNS.get(orientation) if isinstance(orientation, int) else None
    return values if turn is None else turn(values)


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return width and height in pixels of an opened image after its EXIF orientation is applied."""
    # Pillow swaps the sides of TIFF images, and only of these.
    size = (image.tag_v2[256], image.tag_v2[257]) if image.format == "TIFF" else image.size
    return size[::-1] if exif_orientation(image) >= 5 else size
