"""Read the size of an image file in bytes and pixels, without decoding it."""

import io
import os
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from ..errors import ImageReadError
from .damaged_files import PILLOW_ERRORS, PNG_SIGNATURE, plain_png, reasons_in_words
from .dicom_files import is_dicom, measure_dicom
from .file_kinds import N_FIRST_BYTES
from .locations import open_image_file
from .netpbm_files import is_netpbm, measure_netpbm
from .opening import add_readers, check_n_pixels, readable_formats
from .orientation import upright_size
from .photoshop_files import is_photoshop, measure_photoshop
from .silence import silence_readers
from .tiff_files import SIGNATURES as TIFF_SIGNATURES
from .tiff_files import measure_tiff
from .tiff_pages import first_full_page
from .xpm_files import SIGNATURE as XPM_SIGNATURE
from .xpm_files import plain_xpm


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
        width, height = measure_content(file)
        return Dimensions(os.fstat(file.fileno()).st_size, width, height)


def measure_content(file: BinaryIO) -> tuple[int, int]:
    """Return width and height in pixels of the upright image in an open file, from its header.

    Raises
    ------
    ImageReadError
        It is not an image, or too large; the message is the reason.
    """
    head = file.read(N_FIRST_BYTES)
    file.seek(0)
    if not head:
        raise ImageReadError("the file is empty")
    silence_readers()
    with reasons_in_words(head):
        if is_dicom(head) and not head.startswith(TIFF_SIGNATURES):
            width, height = measure_dicom(file)
        elif is_photoshop(head):
            width, height = measure_photoshop(head)
        elif is_netpbm(head):
            width, height = measure_netpbm(head)
        else:
            add_readers(head)
            file = io.BytesIO(plain_xpm(file.read())) if head.startswith(XPM_SIGNATURE) else file
            width, height = _measure(file, head)
        check_n_pixels(width, height)
        return width, height


def _measure(file: BinaryIO, head: bytes) -> tuple[int, int]:
    page = first_full_page(file) if head.startswith(TIFF_SIGNATURES) else 1
    file.seek(0)
    try:
        with Image.open(file, formats=readable_formats()) as image:
            if page > 1:
                image.seek(page - 1)
            return upright_size(image)
    except Image.DecompressionBombError:
        raise
    except PILLOW_ERRORS:
        file.seek(0)
        if head.startswith(TIFF_SIGNATURES):
            return measure_tiff(file, page)
        bare = plain_png(file.read()) if head.startswith(PNG_SIGNATURE) else None
        if not bare:
            raise
        with Image.open(io.BytesIO(bare), formats=["PNG"]) as image:
            return upright_size(image)
