"""Read the merged image of Photoshop files of all depths, of which Pillow reads those of 8 bits."""

import re
import struct

import numpy as np
from PIL import Image

from ..errors import ImageReadError
from .channels import N_COLORS, Channels, no_such_frame
from .pixels import MAX_ARRAY_BYTES

_SIGNATURES = (b"8BPS\0\1", b"8BPS\0\2")  # PSD, and PSB for large images

_SAVE = "save it as PNG or TIFF with the program that made it"
_BITMAP, _INDEXED, _CMYK, _MULTICHANNEL, _LAB = 0, 2, 4, 7, 9
_MODES = {_BITMAP: "L", 1: "L", _INDEXED: "L", 3: "RGB", _CMYK: "CMYK", _MULTICHANNEL: "L", 8: "L"}
_TYPES = {1: "u1", 8: "u1", 16: ">u2", 32: ">f4"}
_IS_MERGED_TRANSPARENCY = re.compile(rb"8BIM(Mtrn|Mt16|Mt32)")
_NAMES_CHANNELS = re.compile(rb"8BIM\x04[\x1d\x15]|8BIM\x03\xee")  # their identifiers or names
_HAS_NO_MERGED_IMAGE = re.compile(rb"8BIM\x04\x21\0\0.{8}\0", re.DOTALL)


def is_photoshop(head: bytes) -> bool:
    """Return whether a file is one of Photoshop that is read here; Pillow reads those with Lab colors of 8 bits."""
    is_for_pillow = head.startswith(_SIGNATURES[0]) and head[22:26] == struct.pack(">HH", 8, _LAB)
    return head.startswith(_SIGNATURES) and not is_for_pillow


def measure_photoshop(head: bytes) -> tuple[int, int]:
    """Return width and height in pixels, from the first bytes."""
    if len(head) < 26:
        raise OSError("truncated")
    height, width = struct.unpack_from(">II", head, 14)
    return width, height


def read_photoshop(data: bytes, frame: int = 1) -> tuple[Image.Image | Channels, int]:
    """Return the merged image of a file, and the number of images, which is 1: layers are parts of an image.

    Raises
    ------
    ImageReadError
        The image is of a kind that nothing here reads; the message is the reason. `struct.error`, `ValueError` and
        `OSError` of damaged files are not converted.
    """
    if frame > 1:
        raise no_such_frame(1, frame)
    version, n_channels, height, width, bits, mode = struct.unpack_from(">H6xHIIHH", data, 4)
    if mode == _LAB or mode not in _MODES or bits not in _TYPES:
        name = "Lab colors" if mode == _LAB else f"mode {mode}"
        raise ImageReadError(f"a Photoshop image of {bits} bits in {name}, which nothing here reads: {_SAVE}")
    palette, resources, layers, start = _sections(data, is_large=version == 2)
    if _HAS_NO_MERGED_IMAGE.search(resources):
        raise ImageReadError(
            "a Photoshop image that was saved without its merged image: save it with Maximize Compatibility, or as PNG"
        )
    row_bytes = width * np.dtype(_TYPES[bits]).itemsize if bits > 1 else -(-width // 8)
    rows = _rows(data, start, row_bytes, n_channels * height, count="I" if version == 2 else "H")
    rows = rows.reshape(n_channels, height, row_bytes)
    planes = np.unpackbits(rows, axis=2)[..., :width] if bits == 1 else rows.view(_TYPES[bits])
    values = np.moveaxis(planes, 0, -1)
    values = values.astype(values.dtype.newbyteorder("="))
    if mode == _INDEXED:
        return Channels(np.frombuffer(palette[:768], np.uint8).reshape(3, 256).T[values[..., 0]], "RGB"), 1
    colors, top = _MODES[mode], {1: 1, 32: 1.0}.get(bits)
    n_colors = N_COLORS[colors]
    if n_channels < n_colors:
        raise OSError("it has not enough channels")
    may_have_alpha = n_channels > n_colors and mode != _MULTICHANNEL
    if may_have_alpha and _is_transparent(layers, is_large=version == 2):
        values = _of_colors_on_white(values, n_colors)
        may_have_alpha = False
    if mode == _CMYK:
        full = 1 if bits == 32 else np.iinfo(values.dtype).max
        values[..., :4] = full - values[..., :4]  # 0 is full ink in the file
    has_alpha = may_have_alpha and not layers and not _NAMES_CHANNELS.search(resources)  # not written by Photoshop
    return Channels(values, colors, has_alpha=has_alpha, white_is_zero=mode == _BITMAP, top=top), 1


def _of_colors_on_white(values: np.ndarray, n_colors: int) -> np.ndarray:
    """Return colors without the transparency that follows them: Photoshop has laid them on white, other programs not.

    Colors on white are at least as light as the white that is seen through them.
    """
    full = 1 if values.dtype.kind == "f" else np.iinfo(values.dtype).max
    colors, alpha = values[..., :n_colors], values[..., n_colors : n_colors + 1]
    return np.concatenate([np.maximum(colors, full - alpha), values[..., n_colors + 1 :]], axis=2)


def _sections(data: bytes, *, is_large: bool) -> tuple[bytes, bytes, bytes, int]:
    """Return the colors, the resources and the layers, each without its length, and where the merged image starts."""
    position, sections = 26, []
    for length_type in (">I", ">I", ">Q" if is_large else ">I"):
        (length,) = struct.unpack_from(length_type, data, position)
        position += struct.calcsize(length_type)
        sections.append(data[position : position + length])
        position += length
    return *sections, position


def _is_transparent(layers: bytes, *, is_large: bool) -> bool:
    """Return whether the first further channel is the transparency of the merged image, not a saved selection."""
    count_at = 8 if is_large else 4
    count = struct.unpack_from(">h", layers, count_at)[0] if len(layers) >= count_at + 2 else 0
    return count < 0 or bool(_IS_MERGED_TRANSPARENCY.search(layers))


def _rows(data: bytes, start: int, row_bytes: int, n_rows: int, *, count: str) -> np.ndarray:
    """Return the bytes of all rows, of one channel after the other; `count` is the type of the lengths of rows."""
    if row_bytes * n_rows > MAX_ARRAY_BYTES:
        found = f"{row_bytes * n_rows // 2**20} MiB"
        raise ImageReadError(f"the image is too large ({found}; the limit is {MAX_ARRAY_BYTES // 2**20} MiB)")
    (compression,) = struct.unpack_from(">H", data, start)
    if compression == 0:
        return np.frombuffer(data, np.uint8, row_bytes * n_rows, start + 2)
    if compression != 1:
        raise ImageReadError(f"a Photoshop image whose merged image is zipped, which nothing here reads: {_SAVE}")
    lengths = struct.unpack_from(f">{n_rows}{count}", data, start + 2)
    packed = data[start + 2 + n_rows * struct.calcsize(count) :]
    if sum(lengths) > len(packed):
        raise OSError("truncated")
    return np.asarray(Image.frombytes("L", (row_bytes, n_rows), packed, "packbits", "L"))
