"""Imports large packages in one thread without holding up the others."""

import ctypes
import gc
import importlib
import os
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

_SUFFIXES = {".so", ".dylib"}

_importing = threading.Lock()


def import_gently(package: str, *needed: str) -> None:
    """Import a package, unless it is there, as ``import`` would.

    Only one thread of Python runs at a time. An import keeps the others, that of a window say, waiting for a second
    and more in two places: while the system maps a library of a gigabyte, and whenever the collector of garbage goes
    through all objects there are because so many new ones are made.

    Parameters
    ----------
    package : str
    *needed : str
        Packages that it will import, whose libraries are large.
    """
    if package in sys.modules:
        return
    with _importing:
        was_on = gc.isenabled()
        gc.disable()
        try:
            for each in needed:
                map_libraries(each)
            importlib.import_module(package)
        finally:
            # What was made goes to the objects that stay for long, without a look at each.
            gc.freeze()
            gc.unfreeze()
            if was_on:
                gc.enable()


def map_libraries(package: str) -> int:
    """Have the system map the libraries in a package's folder, while other threads run.

    Those of Python's own extensions are elsewhere: they may want Python as soon as they are mapped.

    Returns
    -------
    int
        How many were mapped. None are on Windows, where an import does it.
    """
    found = None if package in sys.modules else find_spec(package)
    if os.name != "posix" or not found or not found.origin:
        return 0
    # A function that is called through ctypes lets other threads run meanwhile, which importing does not.
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    paths = [path for path in Path(found.origin).parent.glob("lib*") if set(path.suffixes) & _SUFFIXES]
    # Whoever needs one maps it again, in no time; what is wrong with one is left to the import to say.
    return sum(bool(dlopen(os.fsencode(path), sys.getdlopenflags())) for path in paths)
