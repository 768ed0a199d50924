"""Read TIFF images that Pillow refuses or shortens to 8 bits, such as those of many channels, with tifffile."""

import io
import logging
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ImageReadError
from .channels import N_COLORS, Channels, no_such_frame
from .orientation import turn_array
from .pixels import MAX_ARRAY_BYTES, MAX_PIXELS

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_PHOTOMETRICS = {0: "L", 1: "L", 2: "RGB", 5: "CMYK"}
_ASSOCIATED, _UNASSOCIATED = 1, 2
_DEFLATE = (8, 32946)
_N_SAMPLES, _MOST_LARGER = 2**16, 0.02
_SAVE = "save it as gray or RGB with the program that made it"


class UnsupportedTiffError(ImageReadError):
    """The image is of a kind, or compressed in a way, that tifffile does not read here."""


def read_tiff(data: bytes, frame: int = 1) -> tuple[Channels, int]:
    """Read one image of a TIFF file.

    Parameters
    ----------
    data : bytes
        The content of the file.
    frame : int
        Number of the image, from 1.

    Returns
    -------
    channels : Channels
    n_frames : int
        Number of images in the file.

    Raises
    ------
    ImageReadError
        The image cannot be read; the message is the reason. Other errors of tifffile are not converted.
    """
    with _open(io.BytesIO(data)) as file:
        page = _page(file, frame)
        _check(page, data)
        try:
            values = page.asarray(maxworkers=1)
        except (ValueError, RuntimeError, ImportError) as error:
            if "imagecodecs" in str(error):
                raise UnsupportedTiffError(
                    f"a TIFF image with {_name(page.compression)} compression and {_depth(page)}: "
                    "pip install imagecodecs reads it"
                ) from error
            raise
        return _channels(page, values), len(file.pages)


def measure_tiff(file: io.BufferedIOBase, frame: int = 1) -> tuple[int, int]:
    """Return width and height in pixels of an upright image."""
    with _open(file) as opened:
        page = _page(opened, frame)
        size = page.imagewidth, page.imagelength
        return size[::-1] if page.tags.valueof(274, default=1) in (5, 6, 7, 8) else size


@contextmanager
def _open(file: io.BufferedIOBase) -> Iterator["TiffFile"]:
    import tifffile

    logger = logging.getLogger("tifffile")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())  # or it writes on standard error what becomes a reason anyway
    try:
        with tifffile.TiffFile(file) as opened:
            yield opened
    except tifffile.TiffFileError as error:  # of older versions, a plain Exception
        raise OSError(str(error)) from error


def _page(file: "TiffFile", frame: int) -> "TiffPage":
    if frame > 1 and frame > len(file.pages):
        raise no_such_frame(len(file.pages), frame)
    return file.pages[frame - 1].aspage()


def _check(page: "TiffPage", data: bytes) -> None:
    """Check the size, and that no part is missing: tifffile would leave it empty."""
    n_pixels = page.imagewidth * page.imagelength
    if n_pixels > MAX_PIXELS or page.nbytes > MAX_ARRAY_BYTES:
        found = f"{page.imagewidth} x {page.imagelength} pixels, {page.nbytes // 2**20} MiB"
        raise ImageReadError(
            f"the image is too large ({found}; the limit is {MAX_PIXELS} pixels and {MAX_ARRAY_BYTES // 2**20} MiB)"
        )
    if page.dtype is None or page.imagedepth != 1 or int(page.photometric) not in (*_PHOTOMETRICS, 3):
        kind = f"{_name(page.photometric)}, {_depth(page)}"
        raise UnsupportedTiffError(f"a TIFF image of a kind that nothing here reads ({kind}): {_SAVE}")
    offsets, counts = page.dataoffsets, page.databytecounts
    if len(offsets) < math.prod(page.chunked) and not page.is_contiguous:
        raise OSError("truncated")
    for offset, count in zip(offsets, counts, strict=False):
        if not count or offset + count > len(data):
            raise OSError("truncated")
        if int(page.compression) in _DEFLATE:
            _check_is_no_bomb(memoryview(data)[offset : offset + count], page)


def _check_is_no_bomb(segment: memoryview, page: "TiffPage") -> None:
    """Check the size of what a compressed part holds, which without imagecodecs is unpacked whole."""
    expected = math.prod(page.chunks) * page.dtype.itemsize
    if len(segment) * 1032 > max(4 * expected, 2**24):
        unpacked = zlib.decompressobj().decompress(segment, expected + 2**16)
        if len(unpacked) >= expected + 2**16:
            raise OSError("a part holds more than its pixels")


def _name(value: object) -> str:
    """Return the name of a value of tifffile, or a number that has none; in damaged files it may be a long tuple."""
    return str(getattr(value, "name", value))[:40]


def _depth(page: "TiffPage") -> str:
    bits = page.bitspersample
    return f"{page.samplesperpixel} x {bits if isinstance(bits, int) else 'different numbers of'} bits"


def _channels(page: "TiffPage", values: np.ndarray) -> Channels:
    axes = page.axes.replace("X", "x").replace("Y", "y")
    if axes not in ("yx", "yxS", "Syx"):
        raise UnsupportedTiffError(f"a TIFF image of a kind that nothing here reads (axes {page.axes}): {_SAVE}")
    values = np.moveaxis(values, 0, -1) if axes == "Syx" else values
    values = values[..., None] if axes == "yx" else values
    values = turn_array(values, page.tags.valueof(274, default=1))
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    if values.dtype.kind not in "uif":
        raise UnsupportedTiffError(f"a TIFF image of numbers that nothing here reads ({values.dtype}): {_SAVE}")
    if int(page.photometric) == 3:
        return _colored(page, values)
    colors = _PHOTOMETRICS[int(page.photometric)]
    extra = tuple(map(int, page.extrasamples))
    if values.shape[2] < N_COLORS[colors]:
        raise ImageReadError(f"the file is damaged ({colors} of {_depth(page)})")
    if colors == "L" and values.shape[2] >= 3 and not set(extra[:1]) & {_ASSOCIATED, _UNASSOCIATED}:
        colors = "RGB"  # as programs for satellite images show several bands
    if not extra and colors == "RGB" and int(page.photometric) == 2 and values.shape[2] == 4:
        extra = (_UNASSOCIATED,)  # as libtiff and Pillow take a fourth sample that is not described
    alpha = extra[0] if extra and len(extra) == values.shape[2] - N_COLORS[colors] else 0
    top = _top(page)
    channels = Channels(
        values,
        colors,
        has_alpha=alpha in (_ASSOCIATED, _UNASSOCIATED),
        may_hold_a_band=True,
        white_is_zero=int(page.photometric) == 0,
        top=top,
    )
    # A band that is marked as alpha is not multiplied into the colors.
    if alpha == _ASSOCIATED and not channels.holds_a_band and _is_multiplied(values, N_COLORS[colors], top):
        return replace(channels, values=_divided(values, N_COLORS[colors], top))
    return channels


def _colored(page: "TiffPage", values: np.ndarray) -> Channels:
    table = page.colormap
    if table is None or values.dtype.kind != "u" or values.max() >= table.shape[1]:
        raise ImageReadError("the file is damaged (its palette is too short)")
    return Channels(np.moveaxis(table[:, values[..., 0]], 0, -1), "RGB")


def _top(page: "TiffPage") -> float | None:
    """Return the largest value of integers that do not fill their type, such as 4095 of 12 bits."""
    bits = page.bitspersample
    if page.dtype.kind not in "bu" or not isinstance(bits, int) or bits in (8, 16, 32, 64):
        return None
    return 2.0**bits - 1


def _is_multiplied(values: np.ndarray, n_colors: int, top: float | None) -> bool:
    """Return whether colors can be multiplied by the alpha that follows them: then hardly one is clearly larger."""
    sample = values.reshape(-1, values.shape[2])
    sample = sample[:: max(1, len(sample) // _N_SAMPLES)].astype(np.float64)
    excess = sample[:, :n_colors].max(axis=1) - sample[:, n_colors]
    return (excess > _full(values, top) / 32).mean() < _MOST_LARGER


def _full(values: np.ndarray, top: float | None) -> float:
    """Return the value of full alpha."""
    if top is not None:
        return top
    return np.iinfo(values.dtype).max if values.dtype.kind in "ui" else 1.0


def _divided(values: np.ndarray, n_colors: int, top: float | None) -> np.ndarray:
    """Return straight colors for some that are multiplied by the alpha that follows them."""
    alpha = values[..., n_colors : n_colors + 1]
    if not alpha.any():
        return values
    top = _full(values, top)
    straight = values[..., :n_colors] * (top / np.maximum(alpha, 1 if values.dtype.kind in "ui" else 1e-30))
    straight = np.where(alpha > 0, np.clip(straight, 0, top), 0)
    if values.dtype.kind in "ui":
        straight = np.rint(straight)
    return np.concatenate([straight.astype(values.dtype), values[..., n_colors:]], axis=2)
