"""Read the size of an image file in bytes and pixels, without decoding it."""

import os
from dataclasses import dataclass

from PIL import Image

from ..errors import ImageReadError
from .damaged_files import reasons_in_words
from .locations import open_image_file
from .reading import check_n_pixels, exif_orientation, readable_formats

_N_HEAD_BYTES = 16


@dataclass(frozen=True)
class Dimensions:
    """Size of an image.

    Attributes
    ----------
    n_bytes : int
        Size of the file in bytes.
    width, height : int
        Size of the upright image in pixels.
    """

    n_bytes: int
    width: int
    height: int


def measure_image(path: str | os.PathLike) -> Dimensions:
    """Return the dimensions of an image file; only its header is read.

    Raises
    ------
    ImageReadError
        The file cannot be read, or is not an image; the message is the reason.
    """
    with open_image_file(path) as file:
        head = file.read(_N_HEAD_BYTES)
        if not head:
            raise ImageReadError("the file is empty")
        file.seek(0)
        with reasons_in_words(head), Image.open(file, formats=readable_formats()) as image:
            check_n_pixels(image)
            width, height = upright_size(image)
        return Dimensions(os.fstat(file.fileno()).st_size, width, height)


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return width and height in pixels of an image after its EXIF orientation is applied."""
    return image.size[::-1] if exif_orientation(image) >= 5 else image.size
