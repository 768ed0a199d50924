"""Check names of files in a pack: they lead nowhere else, and every system can have them side by side."""

import re
import unicodedata
from collections.abc import Iterable

from ..atomic_files import MAX_NAME_BYTES
from ..errors import PackError

_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"\\|?*\ud800-\udfff]')
"""Characters that Windows does not have in names, and those that are no text."""

_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that mean a device on Windows."""


def check_name(name: str) -> None:
    """Check a path within a pack, with forward slashes.

    Raises
    ------
    PackError
        It leads out of the folder that it is unpacked into, or a system cannot have it.
    """
    for part in name.split("/"):
        if part in ("", ".", "..") or _FORBIDDEN.search(part) or part[-1] in " ." or _DEVICE.fullmatch(part):
            raise PackError(f"{name!r} is no name of a file on every system, or leads elsewhere: rename it.")
        if len(part.encode()) > MAX_NAME_BYTES:
            raise PackError(f"{part[:40]}... is too long for the name of a file: choose one of {MAX_NAME_BYTES} bytes.")


def check_names(names: Iterable[str]) -> None:
    """Check all paths within a pack, and that no two are one file on a system that ignores case.

    Raises
    ------
    PackError
    """
    known: dict[str, str] = {}
    for name in names:
        check_name(name)
        other = known.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if other is not name:
            raise PackError(f"{other!r} and {name!r} are one file on Windows and macOS: rename one.")
    folders = {path.rpartition("/")[0] for path in known}
    while folders:
        in_the_way = next((path for path in folders if path in known), None)
        if in_the_way:
            raise PackError(f"{known[in_the_way]!r} is a file and a folder: rename one.")
        folders = {path.rpartition("/")[0] for path in folders if path}
