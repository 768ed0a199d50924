"""Keep the messages of Pillow and libtiff about damaged files off standard error: they become reasons anyway."""

import ctypes
import logging
import warnings
from contextlib import suppress
from functools import cache

from PIL import Image


@cache
def silence_readers() -> None:
    """Silence Pillow's log and warnings, and libtiff, for the rest of the process.

    A program that handles logs, or has a filter for these warnings, goes on getting them.
    """
    # Without any handler, Python writes a log's warnings and errors on standard error.
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    for kind in (UserWarning, Image.DecompressionBombWarning):
        warnings.filterwarnings("ignore", category=kind, module=r"PIL\.", append=True)
    _silence_libtiff()


def _silence_libtiff() -> None:
    """Take away libtiff's functions that write on standard error, where the library in use can be reached."""
    with suppress(OSError, AttributeError):  # Pillow for Windows has libtiff within, and does not show its functions
        library = ctypes.CDLL(Image.core.__file__)  # its functions, and those of the libraries that it has loaded
        for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
            function = getattr(library, name)
            function.restype, function.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
            function(None)
