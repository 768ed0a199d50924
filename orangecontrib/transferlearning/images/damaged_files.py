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

from ..errors import ImageReadError


def load_whole(image: ImageFile.ImageFile, data: bytes) -> None:
    """Load the pixels of an image that was opened from `data`, the content of its file.

    Raises
    ------
    OSError
        A part is missing or damaged. Other errors of Pillow are not converted.
    """
    if image.format == "PNG":
        _check_png(data)
    elif image.format == "ICO":
        _check_icon(data)
    elif image.format in ("JPEG", "MPO"):
        image.load_read = image.fp.read  # Pillow's function may add a missing end mark
    image.tile = image.tile and [_strict(tile) for tile in image.tile]  # None for icons before Pillow 11
    image.load()


def _check_png(data: bytes) -> None:
    """Check all checksums and the end mark, which Pillow does not check for the pixels."""
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
    if isinstance(error, UnidentifiedImageError):
        known = data.startswith(_SIGNATURES)
        return "the file ends early or is damaged at its start" if known else "not an image that Pillow can open"
    if isinstance(error, EOFError) or re.search("truncated|not enough|not large enough", str(error), re.IGNORECASE):
        return "the file ends early (truncated)"
    return f"the file is damaged or ends early ({error})"
