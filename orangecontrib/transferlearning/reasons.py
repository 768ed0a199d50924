"""What Pillow raises on a broken picture -> the reason in words."""

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from .errors import ImageReadError

# As seen in the sources of its readers and by feeding them broken files. They are so many that only calls of Pillow
# may stand where they are caught: a mistake of our own is no fault of a picture.
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
    """Raise `ImageReadError` for whatever Pillow raises while it opens, loads or converts a picture.

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
        return f"the picture is too large ({pixels} pixels; the limit is {limit} pixels)"
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    if isinstance(error, UnidentifiedImageError):
        known = data.startswith(_SIGNATURES)
        return "the file ends early or is damaged at its start" if known else "not a picture that Pillow can open"
    if isinstance(error, EOFError) or re.search("truncated|not enough|not large enough", str(error), re.IGNORECASE):
        return "the file ends early (truncated)"
    return f"the file is damaged or ends early ({error})"
