"""Name a file for each key of an image, within one folder."""

import hashlib
import re
from itertools import count
from pathlib import PurePosixPath

MAX_BYTES = 200
"""Bytes of a name without its ending, at most; file systems take 255."""

_UNFIT = re.compile(r'[\x00-\x1f<>:"|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class FileNames:
    """Names that mirror the folders of keys: ``left/1.jpg`` becomes ``left/1.npy``.

    They depend on the keys and their order only. What could lead out of the folder, or is no name on some system, is
    replaced: ``../a:b.jpg`` becomes ``_/a_b.npy``. Where two keys would get one name (1.jpg and 1.png), the second one
    keeps its ending, 1.png.npy; case does not tell names apart.

    Parameters
    ----------
    ending : str
        Of all files, with its dot.
    """

    def __init__(self, ending: str = ".npy"):
        self._ending = ending
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def of(self, key: str) -> PurePosixPath:
        """Name the file of the next key."""
        parts = [_part(part) for part in re.split(r"[/\\]+", key.partition("://")[2] or key) if part not in ("", ".")]
        *folders, last = parts or ["_"]
        folder = self._folder(folders)
        for number in count():
            name = [PurePosixPath(last).stem, last, f"{last} ({number})"][min(number, 2)]
            path = folder / (name + self._ending)
            if _plain(path) not in self._files and _plain(path) not in self._folders:
                self._files.add(_plain(path))
                return path

    def _folder(self, parts: list[str]) -> PurePosixPath:
        """Name a folder; where a file has its name, it gets an underscore."""
        folder = PurePosixPath()
        for part in parts:
            while _plain(folder / part) in self._files:
                part += "_"
            folder /= part
            self._folders.add(_plain(folder))
        return folder


def _plain(path: PurePosixPath) -> str:
    return str(path).casefold()


def _part(part: str) -> str:
    """Make a name of a part of a key; one that begins with a dot would be hidden, or lead out."""
    name = _UNFIT.sub("_", part).rstrip(". ")
    if name.startswith(".") or not name or _DEVICES.fullmatch(name):
        name = f"_{name.lstrip('.')}"
    if len(name.encode()) > MAX_BYTES:
        digest = hashlib.sha256(part.encode()).hexdigest()[:16]
        name = name.encode()[: MAX_BYTES - 17].decode("utf-8", "ignore") + "-" + digest
    return name
