"""Refuse incomplete image files, also if ``PIL.ImageFile.LOAD_TRUNCATED_IMAGES`` is set.

Any module in the process can set that switch. Pillow then ignores errors and missing data, and leaves the rest of the
image gray or black.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image, ImageFile, UnidentifiedImageError

from ..errors import ImageReadError, first_line
from .file_kinds import N_FIRST_BYTES, file_kind, is_image_content

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_N_LETTERS = 200


def load_whole(image: ImageFile.ImageFile, data: bytes) -> None:
    """Load the pixels of an image that was opened from `data`, the content of its file.

    Raises
    ------
    OSError
        A part is missing or damaged. Other errors of Pillow are not converted.
    """
    if image.format == "PNG":
        _check_png(data)
    elif image.format in ("HEIF", "AVIF"):
        _check_boxes(data)
    elif image.format == "ICO":
        _check_icon(data)
    elif image.format in ("JPEG", "MPO"):
        image.load_read = image.fp.read  # Pillow's function may add a missing end mark
    image.tile = image.tile and [_strict(tile) for tile in image.tile]  # None for icons before Pillow 11
    image.load()


def _check_png(data: bytes) -> None:
    """Check all checksums and the end mark, which Pillow does not check for the pixels."""
    view = memoryview(data)
    for start, end in _png_chunks(data):
        if zlib.crc32(view[start + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            raise ImageReadError("the file is damaged (a PNG checksum is wrong)")


def _png_chunks(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of each chunk, up to the end mark."""
    position, kind = 8, b""
    while kind != b"IEND":
        if position + 12 > len(data):
            raise OSError("truncated")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise OSError("truncated")
        yield position, end
        position = end


def plain_png(data: bytes) -> bytes | None:
    """Return a PNG file without the chunks that pixels do not need, such as long texts; None for other files."""
    if not data.startswith(PNG_SIGNATURE):
        return None
    _check_png(data)
    needed = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf")
    chunks = [(start, end) for start, end in _png_chunks(data) if data[start + 4 : start + 8] in needed]
    return data[:8] + b"".join(data[start:end] for start, end in chunks)


def _check_boxes(data: bytes) -> None:
    """Check that no box of a HEIF or AVIF file is cut off: its readers may leave missing tiles gray."""
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        if size and (size < 8 or position + size > len(data)):
            raise OSError("truncated")
        position += size or len(data)


def _check_icon(data: bytes) -> None:
    """Check that no image of the icon is cut off: Pillow does not decode them with tiles of the icon."""
    for entry in range(6, 6 + 16 * int.from_bytes(data[4:6], "little"), 16):
        if sum(struct.unpack_from("<II", data, entry + 8)) > len(data):
            raise OSError("truncated")


class _StrictDecoder:
    """A decoder of Pillow that raises an error for damaged or missing data.

    The result of a decoder is seen by Pillow only, which ignores errors if the switch is set. The only public way to
    add a check is `Image.register_decoder`; with a name of our own, nothing changes for other modules.
    """

    def __init__(self, mode: str, codec: str, args: object, *extra: object) -> None:
        self._decoder = Image._getdecoder(mode, codec, args, extra)
        self._finished = self._decoder.pulls_fd  # such a decoder reads the file itself, and reports missing data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._decoder, name)

    def decode(self, data: bytes) -> tuple[int, int]:
        consumed, error = self._decoder.decode(data)
        self._finished |= consumed < 0
        if error < 0:
            raise OSError(f"decoder error {error}")
        return consumed, error

    def cleanup(self) -> None:
        self._decoder.cleanup()
        if not self._finished:
            raise OSError("truncated")


Image.register_decoder(_StrictDecoder.__qualname__, _StrictDecoder)


def _strict(tile: tuple) -> tuple:
    codec, extents, offset, args = tile
    if codec == "libtiff" or not (codec in Image.DECODERS or hasattr(Image.core, f"{codec}_decoder")):
        return tile  # Pillow's reader for it is strict
    make = getattr(type(tile), "_make", tuple)  # plain tuples before Pillow 11
    return make((_StrictDecoder.__qualname__, extents, offset, (codec, args)))


# From the source code of Pillow's readers, and from tests with damaged files. Catch them only around calls of Pillow,
# as they would hide mistakes in other code.
PILLOW_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    EOFError,
    MemoryError,
    RuntimeError,
    SystemError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)


@contextmanager
def reasons_in_words(data: bytes = b"") -> Iterator[None]:
    """Convert errors of Pillow while an image is opened, loaded or converted to `ImageReadError`.

    Parameters
    ----------
    data : bytes
        The content of the file.
    """
    try:
        yield
    except ImageReadError:
        raise
    except PILLOW_ERRORS as error:
        raise ImageReadError(_reason(error, data)) from error


def _reason(error: BaseException, data: bytes) -> str:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        pixels, limit = re.findall(r"\d+", str(error))[:2]
        return f"the image is too large ({pixels} pixels; the limit is {limit} pixels)"
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    kind = file_kind(data)
    if kind:
        return kind.reason
    if isinstance(error, UnidentifiedImageError):
        known = is_image_content(data[:N_FIRST_BYTES])
        return "the file ends early or is damaged at its start" if known else "not an image that Pillow can open"
    if isinstance(error, EOFError) or re.search("truncated|not enough|not large enough", str(error), re.IGNORECASE):
        return "the file ends early (truncated)"
    return f"the file is damaged or ends early ({first_line(error)[:_N_LETTERS]})"
