"""Recognize files and folders that systems, servers and programs keep among a user's images."""

import re
from pathlib import PurePath

_FOLDERS = {
    "__macosx",
    "temporary items",
    "network trash folder",
    "$recycle.bin",
    "recycler",
    "recycled",
    "system volume information",
    "msocache",
    "lost+found",
    "lost.dir",
    "_gsdata_",
    "thevolumesettingsfolder",
    "@eadir",
    "@tmp",
    "@recycle",
    "@recently-snapshot",
    "@sharebin",
    "@__thumb",
    "@__qini",
    "@transcode",
    "#recycle",
    "#snapshot",
    "~snapshot",
    "thumbnails",
    "thumbs",
    "__pycache__",
}
# Of Windows' checks of a disk, and of FreeFileSync.
_FOLDER_PATTERN = re.compile(r"found\.\d{3}|.*\.ffs_tmp")
_FILES = {"thumbs.db", "ehthumbs.db", "desktop.ini"}
# Of downloads that have not ended, and of copies that programs make beside a file.
_SUFFIXES = {".crdownload", ".part", ".partial", ".download", ".opdownload", ".tmp", ".temp", ".bak", ".swp"}


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is hidden: its name begins with a dot."""
    return name.startswith(".")


def is_system_folder(name: str) -> bool:
    """Return whether a folder has thumbnails, deleted files, data of a synchronizing program, ...; without case."""
    return name.lower() in _FOLDERS or _FOLDER_PATTERN.fullmatch(name.lower()) is not None


def is_system_file(name: str) -> bool:
    """Return whether a file is a part of one, or a program's notes about one, even if its content is an image."""
    return (
        name.lower() in _FILES
        or name.startswith("~$")
        or name.endswith("~")
        or PurePath(name).suffix.lower() in _SUFFIXES
    )
