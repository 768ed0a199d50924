"""Name the files of images after their keys, within one folder."""

import hashlib
import re
from itertools import count
from pathlib import PurePosixPath

MAX_BYTES = 200
"""Largest number of bytes of a name without its ending; file systems allow 255."""

_INVALID = re.compile(r'[\x00-\x1f<>:"|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class FileNames:
    """File names that mirror the folders of keys: ``left/1.jpg`` becomes ``left/1.npy``.

    They depend only on the keys and their order. Parts that lead out of the folder, or are not valid on some system,
    are replaced: ``../a:b.jpg`` becomes ``_/a_b.npy``. If two keys would get the same name (1.jpg and 1.png), the
    second one keeps its ending: 1.png.npy. Names that differ only in case count as the same.

    Parameters
    ----------
    ending : str
        Ending of all files, with its dot.
    """

    def __init__(self, ending: str = ".npy"):
        self._ending = ending
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def of(self, key: str) -> PurePosixPath:
        """Return the file name of the next key."""
        parts = re.split(r"[/\\]+", key.partition("://")[2] or key)
        *folders, last = [_valid_name(part) for part in parts if part not in ("", ".")] or ["_"]
        folder = self._folder(folders)
        for number in count():
            name = [PurePosixPath(last).stem, last, f"{last} ({number})"][min(number, 2)]
            path = folder / (name + self._ending)
            if _folded(path) not in self._files and _folded(path) not in self._folders:
                self._files.add(_folded(path))
                return path

    def _folder(self, parts: list[str]) -> PurePosixPath:
        """Return the name of a folder, with an underscore if a file has the same name."""
        folder = PurePosixPath()
        for part in parts:
            while _folded(folder / part) in self._files:
                part += "_"
            folder /= part
            self._folders.add(_folded(folder))
        return folder


def _folded(path: PurePosixPath) -> str:
    return str(path).casefold()


def _valid_name(part: str) -> str:
    """Convert a part of a key to a valid name that does not begin with a dot."""
    name = _INVALID.sub("_", part).rstrip(". ")
    if name.startswith(".") or not name or _RESERVED.fullmatch(name):
        name = f"_{name.lstrip('.')}"
    if len(name.encode()) > MAX_BYTES:
        digest = hashlib.sha256(part.encode()).hexdigest()[:16]
        name = name.encode()[: MAX_BYTES - 17].decode("utf-8", "ignore") + "-" + digest
    return name
