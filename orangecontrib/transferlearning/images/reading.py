"""Read an image from a location, the bytes of a file, or an array, as uint8 RGB of a given size.

Pixels are those of ``keras.utils.load_img``, except where these are wrong:

- EXIF orientation is applied;
- transparent pixels are shown on white;
- gray of 16 or 32 bits is scaled to 0-255 by `gray_to_uint8`;
- incomplete files are refused, also if ``PIL.ImageFile.LOAD_TRUNCATED_IMAGES`` is set.

The image of an animation is its first frame. All functions may be called from several threads.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import ExifTags, Image

from ..errors import ImageReadError, SettingError
from ..records import Location
from .damaged_files import PILLOW_ERRORS, load_whole, reasons_in_words
from .locations import read_bytes
from .pixels import MAX_PIXELS, gray_to_uint8, pixel_scale, to_uint8

if TYPE_CHECKING:
    from .steps import Step


INTERPOLATIONS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "hamming": Image.Resampling.HAMMING,
    "box": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
}
"""Interpolations by the names of ``keras.utils.load_img``."""

# Formats that Pillow only identifies, or that need Ghostscript.
_UNREADABLE_FORMATS = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "PDF", "WMF"}
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_image(
    location: Location,
    size: tuple[int, int] | None = None,
    *,
    interpolation: str = "bilinear",
    fast_decode: bool = False,
    steps: "Sequence[Step]" = (),
) -> np.ndarray:
    """Read one image.

    Parameters
    ----------
    location : str, PathLike or ndarray
        A path, a ``file:``, ``http:``, ``https:`` or ``data:`` URL, or pixels as `decode_image` takes them.
    size : tuple of int, optional
        (height, width) in pixels of the result; by default the image's own size.
    interpolation : str
        A name from `INTERPOLATIONS`.
    fast_decode : bool
        Let the JPEG decoder shrink the image while it reads, but not below `size`: faster, but approximate. It has no
        effect with `steps` that need all pixels.
    steps : sequence of Step
        Steps that change the upright RGB image before it is resized, in this order, from `read_steps`.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8, RGB, 0-255, C-contiguous

    Raises
    ------
    ImageReadError
        The image cannot be read; the message is the reason.
    ValueError
        `interpolation` or `size` is not valid.
    SettingError
        A step returns something that is not an image.
    """
    data = location if isinstance(location, np.ndarray) else read_bytes(location)
    return decode_image(data, size, interpolation=interpolation, fast_decode=fast_decode, steps=steps)


def decode_image(
    data: bytes | np.ndarray,
    size: tuple[int, int] | None = None,
    *,
    interpolation: str = "bilinear",
    fast_decode: bool = False,
    steps: "Sequence[Step]" = (),
) -> np.ndarray:
    """Convert the content of an image file, or an array of pixels, to RGB.

    Parameters
    ----------
    data : bytes or ndarray
        The content of a file in a format that Pillow reads; or pixels of shape (height, width) or
        (height, width, 1 | 3 | 4): uint8, other integers within 0-255, or floats within 0-1 or else within 0-255.
    size, interpolation, fast_decode, steps
        As for `read_image`, which also describes the result and the errors.
    """
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"unknown interpolation {interpolation!r}: expected one of {', '.join(INTERPOLATIONS)}")
    if size is not None:
        _check_size(size)
    try:
        if isinstance(data, np.ndarray):
            image = _to_rgb(_open_array(data))
        else:
            shrinking = fast_decode and all(getattr(step, "allows_shrinking", False) for step in steps)
            image = _load(data, size if shrinking else None)
            transposition = _TRANSPOSITIONS.get(exif_orientation(image))
            image = _to_rgb(image)
            image = image if transposition is None else image.transpose(transposition)
        image = _apply_steps(image, steps)
        if size is not None and image.size != (size[1], size[0]):
            image = image.resize((size[1], size[0]), INTERPOLATIONS[interpolation])
        return np.asarray(image)
    except MemoryError as error:
        raise ImageReadError("there is not enough memory for it") from error


def _apply_steps(image: Image.Image, steps: "Sequence[Step]") -> Image.Image:
    for step in steps:
        image = step(image)
        if not isinstance(image, Image.Image):
            raise SettingError(f"The step {step.name} has to return a Pillow image, not {type(image).__name__}.")
        image = _to_rgb(image)
    return image


def _check_size(size: tuple[int, int]) -> None:
    sides = size if isinstance(size, tuple | list) else ()
    if len(sides) != 2 or not all(isinstance(side, int | np.integer) and side >= 1 for side in sides):
        raise ValueError(f"an image of size {size} cannot be made: expected (height, width), whole numbers from 1")


def readable_extensions() -> set[str]:
    """Return the file name extensions, in lower case and with the dot, of the formats that `decode_image` reads."""
    formats = set(readable_formats())
    return {extension for extension, name in Image.registered_extensions().items() if name in formats}


def readable_formats() -> list[str]:
    """Return Pillow's names of the formats that `decode_image` reads."""
    Image.init()
    return [name for name in list(Image.OPEN) if name not in _UNREADABLE_FORMATS]


def _load(data: bytes, size: tuple[int, int] | None) -> Image.Image:
    """Decode a file, and let the decoder shrink it to no less than `size` (height, width) if one is given."""
    if not data:
        raise ImageReadError("the file is empty")
    with reasons_in_words(data):
        image = Image.open(io.BytesIO(data), formats=readable_formats())
    check_n_pixels(image)
    is_rotated = size is not None and exif_orientation(image) >= 5
    with reasons_in_words(data):
        if size is not None:
            image.draft("RGB", (size[0], size[1]) if is_rotated else (size[1], size[0]))
        load_whole(image, data)
    return image


def check_n_pixels(image: Image.Image) -> None:
    """Raise `ImageReadError` for an image of more than `MAX_PIXELS`."""
    if image.width * image.height > MAX_PIXELS:
        found = f"{image.width} x {image.height} pixels"
        raise ImageReadError(f"the image is too large ({found}; the limit is {MAX_PIXELS} pixels)")


def exif_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1-8; 1 if there is none or it cannot be read."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except PILLOW_ERRORS:
        return 1
    return orientation if orientation in _TRANSPOSITIONS else 1


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bit_gray(image)
    with reasons_in_words():
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bit_gray(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    gray = gray_to_uint8(values)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        gray[values == transparent] = 255
    return Image.fromarray(gray)


def _open_array(array: np.ndarray) -> Image.Image:
    if array.ndim not in (2, 3) or 0 in array.shape or array.shape[2:] not in ((), (1,), (3,), (4,)):
        raise ImageReadError(f"pixels must have shape (height, width) or (height, width, 1, 3 or 4), not {array.shape}")
    array = to_uint8(array, pixel_scale(array))
    return Image.fromarray(np.ascontiguousarray(array[..., 0] if array.shape[2:] == (1,) else array))
