"""Refuses image files of which a part is missing, whatever ``PIL.ImageFile.LOAD_TRUNCATED_IMAGES`` says.

Any module in the process may have set that switch. Pillow then forgives errors and missing data, and leaves the rest of
the image gray or black.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image, ImageFile, UnidentifiedImageError

from ..errors import ImageReadError


def load_whole(image: ImageFile.ImageFile, data: bytes) -> None:
    """Load the pixels of an image that has been opened from `data`, the content of its file, or raise what is wrong.

    Raises
    ------
    OSError
        A part is missing or damaged. Other errors of Pillow, too, go through.
    """
    if image.format == "PNG":
        _check_png(data)
    elif image.format == "ICO":
        _check_icon(data)
    elif image.format in ("JPEG", "MPO"):
        image.load_read = image.fp.read  # Pillow's own may add an end mark that is not in the file
    image.tile = image.tile and [_strict(tile) for tile in image.tile]  # None for icons before Pillow 11
    image.load()


def _check_png(data: bytes) -> None:
    """Compare all checksums, and look for the end mark: Pillow does neither for the pixels."""
    view, position, kind = memoryview(data), 8, b""
    while kind != b"IEND":
        if position + 12 > len(data):
            raise OSError("truncated")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            raise OSError("truncated")
        if zlib.crc32(view[position + 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            raise ImageReadError("the file is damaged (a PNG checksum is wrong)")
        position = end + 4


def _check_icon(data: bytes) -> None:
    """Check that all images of the icon are there: Pillow does not decode them by way of the icon's tiles."""
    for entry in range(6, 6 + 16 * int.from_bytes(data[4:6], "little"), 16):
        if sum(struct.unpack_from("<II", data, entry + 8)) > len(data):
            raise OSError("truncated")


class _StrictDecoder:
    """One of Pillow's decoders, which complains about errors and missing data itself.

    What a decoder reports reaches nobody but Pillow, which the switch makes deaf to it; its one public opening there is
    `Image.register_decoder`. A name of our own in that registry changes nothing for anybody else.
    """

    def __init__(self, mode: str, codec: str, args: object, *extra: object) -> None:
        self._decoder = Image._getdecoder(mode, codec, args, extra)
        self._finished = self._decoder.pulls_fd  # such a one reads the file itself, and says what is missing

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
        return tile  # its reader drives it itself, and is strict
    make = getattr(type(tile), "_make", tuple)  # plain tuples before Pillow 11
    return make((_StrictDecoder.__qualname__, extents, offset, (codec, args)))


# As seen in the sources of its readers and by feeding them broken files. They are so many that only calls of Pillow
# may stand where they are caught: a mistake of our own is no fault of an image.
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
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)

_SIGNATURES = (
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"RIFF",
    *(b"P%d" % i for i in range(1, 7)),
)


@contextmanager
def reasons_in_words(data: bytes = b"") -> Iterator[None]:
    """Raise `ImageReadError` for whatever Pillow raises while it opens, loads or converts an image.

    Parameters
    ----------
    data : bytes
        The content of the file that is being opened.
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
    if isinstance(error, UnidentifiedImageError):
        known = data.startswith(_SIGNATURES)
        return "the file ends early or is damaged at its start" if known else "not an image that Pillow can open"
    if isinstance(error, EOFError) or re.search("truncated|not enough|not large enough", str(error), re.IGNORECASE):
        return "the file ends early (truncated)"
    return f"the file is damaged or ends early ({error})"
