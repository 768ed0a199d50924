"""Open the bytes of an image file with the library that reads it right."""

import io
import re
from contextlib import suppress
from functools import cache

import numpy as np
from PIL import Image

from ..errors import ImageReadError
from .channels import DEEP_MODES, Channels, channels_of, no_such_frame
from .damaged_files import PILLOW_ERRORS, load_whole, plain_png, reasons_in_words
from .dicom_files import is_dicom, read_dicom
from .file_kinds import CAMERA_RAW, UNREADABLE_FORMATS
from .netpbm_files import is_netpbm, measure_netpbm, read_netpbm
from .notes import ImageNote
from .orientation import TRANSPOSITIONS, exif_orientation, turn_array
from .photoshop_files import is_photoshop, measure_photoshop, read_photoshop
from .pixels import MAX_PIXELS
from .silence import silence_readers
from .tiff_files import SIGNATURES as TIFF_SIGNATURES
from .tiff_files import UnsupportedTiffError, read_tiff
from .tiff_pages import full_pages
from .xpm_files import SIGNATURE as XPM_SIGNATURE
from .xpm_files import plain_xpm

Opened = tuple[Image.Image | Channels, list[ImageNote]]
"""An upright image of 8 bits, or the values of another; and what is to know about it."""

_DEEP_PNG = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}
"""How Pillow reads the upper bytes of 16 bits, and what makes it read the lower ones."""
_JPEG_2000 = (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")
_ANIMATIONS = {"AVIF", "DCX", "FLI", "GIF", "HEIF", "PNG", "TIFF", "WEBP"}
_TAG_SUBFILE, _TAG_BITS, _TAG_PHOTOMETRIC, _TAG_COLOR_MAP, _TAG_SUB_IFDS = 254, 258, 262, 320, 330
_TAG_SAMPLES, _TAG_EXTRA, _TAG_FORMAT, _TAG_DNG = 277, 338, 339, 50706


def readable_formats() -> list[str]:
    """Return Pillow's names of the formats that it reads."""
    Image.init()
    return [name for name in list(Image.OPEN) if name not in UNREADABLE_FORMATS]


def add_readers(first_bytes: bytes) -> None:
    """Let Pillow read HEIC, or JPEG XL if its plugin is installed, where a file is one: they take time to import."""
    if first_bytes[4:8] == b"ftyp":
        _add_heic()
    elif first_bytes.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        with suppress(ImportError):
            import pillow_jxl  # noqa: F401 - it adds itself


@cache
def _add_heic() -> None:
    with suppress(ImportError):
        import pillow_heif

        pillow_heif.register_heif_opener()


def open_image(
    data: bytes,
    *,
    frame: int | None = None,
    size: tuple[int, int] | None = None,
    full_range: bool = False,
    as_stored: bool = False,
) -> Opened:
    """Read an image file.

    Parameters
    ----------
    data : bytes
        The content of the file.
    frame : int, optional
        Number of the image in it, from 1; by default the first (in a TIFF file, of those that are not marked as reduced
        copies), and a note says so if there are more.
    size : tuple of int, optional
        (height, width) that the decoder of JPEG may shrink the image to, but not below.
    full_range : bool
        Whether all values are needed, not only 8 bits of them; then `Channels` are returned.
    as_stored : bool
        Whether to leave out the window of gray that a DICOM file names.

    Returns
    -------
    image : PIL.Image.Image or Channels
    notes : list of ImageNote

    Raises
    ------
    ImageReadError
        The image cannot be read; the message is the reason.
    """
    if not data:
        raise ImageReadError("the file is empty")
    silence_readers()
    with reasons_in_words(data):
        if data.startswith(TIFF_SIGNATURES):
            pages = full_pages(io.BytesIO(data)) or [1]
            image, n_frames = _open_tiff(data, frame or pages[0], full_range=full_range)
            n_frames = min(n_frames, len(pages))
        elif is_photoshop(data):
            check_n_pixels(*measure_photoshop(data))
            image, n_frames = read_photoshop(data, frame or 1)
        elif is_netpbm(data):
            check_n_pixels(*measure_netpbm(data))
            image, n_frames = read_netpbm(data, frame or 1)
        elif is_dicom(data):
            image, n_frames = read_dicom(data, frame or 1, as_stored=as_stored)
        else:
            image, n_frames = _open_other(data, frame or 1, size)
        if isinstance(image, Image.Image):
            may_hold_a_band = image.mode == "RGBA" and data.startswith((*TIFF_SIGNATURES, *_JPEG_2000))
            if full_range or may_hold_a_band:
                image = channels_of(image, may_hold_a_band=may_hold_a_band)
    notes = [ImageNote("frames", (n_frames,))] if n_frames > 1 and frame is None else []
    return image, notes


def check_n_pixels(width: int, height: int) -> None:
    """Raise `ImageReadError` for an image of no pixels, or of more than `MAX_PIXELS`."""
    if not width or not height:
        raise ImageReadError("the file is damaged (the image has no pixels)")
    if width * height > MAX_PIXELS:
        found = f"{width} x {height} pixels"
        raise ImageReadError(f"the image is too large ({found}; the limit is {MAX_PIXELS} pixels)")


def _open_other(data: bytes, frame: int, size: tuple[int, int] | None) -> tuple[Image.Image | Channels, int]:
    add_readers(data[:12])
    if data.startswith(XPM_SIGNATURE):
        data = plain_xpm(data)
    try:
        return _read_with_pillow(data, frame, size)
    except ImageReadError:
        raise
    except PILLOW_ERRORS as error:
        bare = plain_png(data)
        if bare is None or re.search("truncated", str(error)):
            raise
        with suppress(*PILLOW_ERRORS):  # what was wrong are texts or profiles
            return _read_with_pillow(bare, frame, size)
        raise


def _read_with_pillow(data: bytes, frame: int, size: tuple[int, int] | None) -> tuple[Image.Image | Channels, int]:
    image = _open_with_pillow(data)
    n_frames = _count_frames(image, data)
    deep = _DEEP_PNG.get(_raw_mode(image)) if image.format == "PNG" and frame == 1 else None
    _go_to(image, frame, n_frames)
    if size is not None:
        is_rotated = exif_orientation(image) >= 5
        image.draft("RGB", (size[0], size[1]) if is_rotated else (size[1], size[0]))
    load_whole(image, data)
    orientation = exif_orientation(image)
    if deep:
        return _with_lower_bytes(image, data, deep, orientation), n_frames
    if orientation > 1:
        turned = image.transpose(TRANSPOSITIONS[orientation])
        turned.info = image.info
        image = turned
    return (channels_of(image) if image.mode in DEEP_MODES else image), n_frames


def _open_with_pillow(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=readable_formats())
    check_n_pixels(*image.size)
    return image


def _count_frames(image: Image.Image, data: bytes) -> int:
    if image.format not in _ANIMATIONS:
        return 1
    with suppress(*PILLOW_ERRORS), Image.open(io.BytesIO(data), formats=[image.format]) as other:
        return getattr(other, "n_frames", 1)  # another image, as counting goes through all frames
    return 1


def _go_to(image: Image.Image, frame: int, n_frames: int) -> None:
    if frame == 1:
        return
    n_frames = max(n_frames, getattr(image, "n_frames", 1))
    if frame > n_frames:
        raise no_such_frame(n_frames, frame)
    shown = image.tell()  # the first frame is what programs show, which in HEIC files may be any
    image.seek(frame - 2 if frame - 2 < shown else frame - 1)
    check_n_pixels(*image.size)


def _raw_mode(image: Image.Image) -> str:
    args = image.tile[0][3] if image.tile else ""
    return args if isinstance(args, str) else ""


def _with_lower_bytes(image: Image.Image, data: bytes, raw_mode: str, orientation: int) -> Channels:
    """Return all 16 bits of a PNG image, of which Pillow has read the upper 8."""
    other = _open_with_pillow(data)
    other.tile = [(*tile[:3], raw_mode) for tile in other.tile]
    other.load()
    values = np.asarray(image).astype(np.uint16) << 8 | np.asarray(other)
    transparent = image.info.get("transparency")
    opaque = (values != transparent).any(axis=2) if isinstance(transparent, tuple) else None
    opaque = None if opaque is None else turn_array(opaque, orientation)
    return Channels(turn_array(values, orientation), "RGB", has_alpha=image.mode == "RGBA", opaque=opaque)


def _open_tiff(data: bytes, frame: int, *, full_range: bool) -> tuple[Image.Image | Channels, int]:
    if data[8:10] == b"CR":
        raise ImageReadError(CAMERA_RAW.reason)
    image = None
    try:
        image = _open_with_pillow(data)
        n_frames = _count_frames(image, data)
        _check_is_no_raw(image)
        _go_to(image, frame, n_frames)
    except Image.DecompressionBombError:
        raise
    except ImageReadError:
        raise
    except PILLOW_ERRORS:
        image = None  # tifffile reads more, or says why not
    if image is not None:
        _check_is_no_raw(image)
        if _is_plain(image):
            return _read_plain_tiff(image, data), n_frames
    try:
        return read_tiff(data, frame)
    except UnsupportedTiffError:
        if image is None or full_range:
            raise
        return _read_plain_tiff(image, data), n_frames


def _check_is_no_raw(image: Image.Image) -> None:
    tags = image.tag_v2
    if _TAG_DNG in tags or (tags.get(_TAG_SUBFILE, 0) & 1 and _TAG_SUB_IFDS in tags):
        raise ImageReadError(CAMERA_RAW.reason)


def _is_plain(image: Image.Image) -> bool:
    """Return whether Pillow reads a TIFF image with all its values, as they are meant."""
    tags = image.tag_v2
    if image.mode in DEEP_MODES:
        return tags.get(_TAG_SAMPLES, 1) == 1
    extra = set(tags.get(_TAG_EXTRA, ()))
    return max(tags.get(_TAG_BITS, (1,))) <= 8 and set(tags.get(_TAG_FORMAT, (1,))) == {1} and not extra & {0, 1}


def _read_plain_tiff(image: Image.Image, data: bytes) -> Image.Image | Channels:
    tags = image.tag_v2
    bits, is_white = tags.get(_TAG_BITS, (1,)), tags.get(_TAG_PHOTOMETRIC, 0) == 0
    is_unsigned, table = set(tags.get(_TAG_FORMAT, (1,))) == {1}, tags.get(_TAG_COLOR_MAP, (0,))
    _check_strips(image)
    load_whole(image, data)  # and turn it upright, which Pillow does for this format
    if image.size != image.im.size:
        raise OSError("its orientation is damaged")
    if image.mode in DEEP_MODES:
        values = np.asarray(image)[..., None]
        if bits == (32,) and image.mode == "I" and is_unsigned:
            values = values.view(np.uint32)
        return Channels(values, white_is_zero=is_white, top=4095 if bits == (12,) else None)
    if image.mode == "P" and 0 < max(table) < 256:  # of 8 bits, where 16 belong
        image.putpalette([level for color in np.reshape(table, (3, -1)).T.tolist() for level in color])
    return image


def _check_strips(image: Image.Image) -> None:
    """Check that the file has all parts of the image: Pillow leaves missing ones black."""
    tags = image.tag_v2
    width, height = tags[256], tags[257]
    if 324 in tags:
        across, down = (-(-side // max(1, tags.get(tag, 1))) for side, tag in ((width, 322), (height, 323)))
        n_parts = across * down
        n_found = len(tags[324])
    else:
        n_parts = -(-height // max(1, tags.get(278, height)))
        n_found = len(tags.get(273, ()))
    if n_found < n_parts * (tags.get(_TAG_SAMPLES, 1) if tags.get(284, 1) == 2 else 1):
        raise OSError("truncated")
