"""Read an image from a location, the bytes of a file, or an array, as uint8 RGB of a given size.

Pixels are those of ``keras.utils.load_img``, except where these are wrong:

- EXIF orientation is applied;
- transparent pixels are shown on white, if there is anything else to see;
- gray and colors of more than 8 bits are scaled to 0-255 by `pixels.natural_scale`;
- incomplete files are refused, also if ``PIL.ImageFile.LOAD_TRUNCATED_IMAGES`` is set.

The image of an animation or a stack is its first frame. All functions may be called from several threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ..errors import ImageReadError, SettingError
from ..records import Location
from .channels import DEEP_MODES, Channels, channels_of, no_such_frame
from .damaged_files import reasons_in_words
from .full_range_steps import FullRangeStep, split_steps
from .locations import read_bytes
from .notes import ImageNote
from .opening import open_image, readable_formats
from .pixels import pixel_scale, to_uint8
from .transparency import lay_on_white

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

_EXTENSIONS = {".heic", ".heif", ".hif", ".dcm", ".dicom", ".jxl", ".pam", ".psb"}


@dataclass(frozen=True, eq=False)
class Decoded:
    """The pixels of an image, uint8 of shape (height, width, 3), and what is to know about them."""

    pixels: np.ndarray
    notes: tuple[ImageNote, ...]


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
        The content of a file; or pixels of shape (height, width) or (height, width, 1 | 3 | 4): uint8, other integers
        within 0-255, or floats within 0-1 or else within 0-255. With steps that use the full range, pixels are any
        numbers of shape (height, width) or (height, width, channels).
    size, interpolation, fast_decode, steps
        As for `read_image`, which also describes the result and the errors.
    """
    return decode(data, size, interpolation=interpolation, fast_decode=fast_decode, steps=steps).pixels


def decode(
    data: bytes | np.ndarray,
    size: tuple[int, int] | None = None,
    *,
    interpolation: str = "bilinear",
    fast_decode: bool = False,
    steps: "Sequence[Step]" = (),
) -> Decoded:
    """Do what `decode_image` does, and tell what is to know about the image."""
    return decode_sizes(data, [size], interpolation=interpolation, fast_decode=fast_decode, steps=steps)[size]


def decode_sizes(
    data: bytes | np.ndarray,
    sizes: Sequence[tuple[int, int] | None],
    *,
    interpolation: str = "bilinear",
    fast_decode: bool = False,
    steps: "Sequence[Step]" = (),
) -> dict[tuple[int, int] | None, Decoded]:
    """Decode an image once, and resize it to several sizes.

    Parameters
    ----------
    data : bytes or ndarray
        As for `decode_image`, which also describes the errors.
    sizes : sequence of tuple of int or None
        (height, width) in pixels; None for the image's own size.
    interpolation, fast_decode, steps
        As for `read_image`; with `fast_decode`, each size is decoded by itself.

    Returns
    -------
    dict
        The image at each size, as `decode` returns it for that size alone.
    """
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"unknown interpolation {interpolation!r}: expected one of {', '.join(INTERPOLATIONS)}")
    for size in sizes:
        if size is not None:
            _check_size(size)
    if fast_decode and len(sizes) > 1:
        options = {"interpolation": interpolation, "fast_decode": True, "steps": steps}
        return {size: decode(data, size, **options) for size in sizes}
    first, rest = split_steps(steps)
    try:
        if isinstance(data, np.ndarray):
            opened, notes = _open_array(data, first), []
        else:
            shrinking = fast_decode and all(getattr(step, "allows_shrinking", False) for step in steps)
            frame = next((step.frame for step in first if step.frame is not None), None)
            size_read = sizes[0] if shrinking else None
            as_stored = any(step.stretches for step in first)
            opened, notes = open_image(data, frame=frame, size=size_read, full_range=bool(first), as_stored=as_stored)
        image, others = _to_rgb(opened, first)
        image = _apply_steps(image, rest)
        notes = (*notes, *others)
        return {size: Decoded(np.asarray(_resize(image, size, interpolation)), notes) for size in sizes}
    except MemoryError as error:
        raise ImageReadError("there is not enough memory for it") from error


def _resize(image: Image.Image, size: tuple[int, int] | None, interpolation: str) -> Image.Image:
    if size is None or image.size == (size[1], size[0]):
        return image
    return image.resize((size[1], size[0]), INTERPOLATIONS[interpolation])


def _apply_steps(image: Image.Image, steps: "Sequence[Step]") -> Image.Image:
    for step in steps:
        image = step(image)
        if not isinstance(image, Image.Image):
            raise SettingError(f"The step {step.name} has to return a Pillow image, not {type(image).__name__}.")
        image, _ = _to_rgb(image)
    return image


def _check_size(size: tuple[int, int]) -> None:
    sides = size if isinstance(size, tuple | list) else ()
    if len(sides) != 2 or not all(isinstance(side, int | np.integer) and side >= 1 for side in sides):
        raise ValueError(f"an image of size {size} cannot be made: expected (height, width), whole numbers from 1")


def readable_extensions() -> set[str]:
    """Return the file name extensions, in lower case and with the dot, of the formats that `decode_image` reads.

    Some of these need another library, which the reason names where it is not installed.
    """
    formats = set(readable_formats())
    return _EXTENSIONS | {extension for extension, name in Image.registered_extensions().items() if name in formats}


def _to_rgb(image: Image.Image | Channels, steps: Sequence[FullRangeStep] = ()) -> tuple[Image.Image, list[ImageNote]]:
    if isinstance(image, Image.Image) and image.mode in DEEP_MODES:
        image = channels_of(image)
    if isinstance(image, Channels):
        for step in steps:
            image = step.change(image)
        return image.to_rgb()
    with reasons_in_words():
        if image.has_transparency_data:
            return lay_on_white(image)
        return (image if image.mode == "RGB" else image.convert("RGB")), []


def _open_array(array: np.ndarray, steps: Sequence[FullRangeStep]) -> Image.Image | Channels:
    if steps:
        return _channels_of_array(array, steps)
    if array.ndim not in (2, 3) or 0 in array.shape or array.shape[2:] not in ((), (1,), (3,), (4,)):
        raise ImageReadError(f"pixels must have shape (height, width) or (height, width, 1, 3 or 4), not {array.shape}")
    array = to_uint8(array, pixel_scale(array))
    return Image.fromarray(np.ascontiguousarray(array[..., 0] if array.shape[2:] == (1,) else array))


def _channels_of_array(array: np.ndarray, steps: Sequence[FullRangeStep]) -> Channels:
    if array.ndim not in (2, 3) or 0 in array.shape:
        raise ImageReadError(f"pixels must have shape (height, width) or (height, width, channels), not {array.shape}")
    if array.dtype.kind not in "buif":
        raise ImageReadError(f"pixels must be numbers, not {array.dtype}")
    for step in steps:
        if step.frame not in (None, 1):
            raise no_such_frame(1, step.frame)
    values = array[..., None] if array.ndim == 2 else array
    values = values.astype(np.uint8) if values.dtype.kind == "b" else values
    n_channels = values.shape[2]
    top = 1 if array.dtype.kind == "b" else None
    return Channels(values, "RGB" if n_channels >= 3 else "L", has_alpha=n_channels == 4, top=top)
