"""List the images in a folder and its subfolders, and what is left out."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from mimetypes import MimeTypes
from pathlib import Path, PurePath

from ..errors import ImageReadError, SourceError
from ..images.file_kinds import N_FIRST_BYTES, is_image_content
from ..images.locations import open_image_file
from ..images.reading import readable_extensions
from ..records import Callback
from .keys import printable
from .left_out import kind_of_file
from .system_files import is_hidden, is_system_file, is_system_folder

_TYPES = MimeTypes()  # without the types of this computer, so that all computers find the same images
_NO_TYPE = "application/octet-stream"


@dataclass
class FolderListing:
    """The content of a folder.

    Attributes
    ----------
    images : list of str
        Paths of images within the folder, with forward slashes, sorted.
    folders : list of str
        Subfolders at any depth, without hidden ones and those of the system.
    left_out : Counter of str
        Number of files by suffix, and of folders of the system by name, as `describe_left_out` takes them. Hidden ones
        are not counted.
    """

    images: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def list_folder(root: Path, callback: Callback | None = None) -> FolderListing:
    """List a folder. Links are followed, but each folder is read only once.

    Files are images if their suffix is that of an image format that is read here. Files without a suffix, or with an
    unknown one, are images if their first bytes are.

    Parameters
    ----------
    root : Path
    callback : callable, optional
        Called with 0 for each file and folder that is found; may raise `Cancelled`.

    Raises
    ------
    SourceError
        A folder cannot be read.
    """
    listing, extensions = FolderListing(), readable_extensions()
    seen, waiting = {os.path.realpath(root)}, [""]
    while waiting:
        place = waiting.pop()
        subfolders = []
        for entry in _entries(root / place):
            if callback:
                callback(0.0)
            if is_hidden(entry.name):
                continue
            if _is_folder(entry):
                subfolders.append(place + entry.name)
            elif _is_image(entry, extensions):
                listing.images.append(place + entry.name)
            else:
                listing.left_out[kind_of_file(entry.name)] += 1
        for name in sorted(subfolders):
            base = PurePath(name).name
            if is_system_folder(base):
                listing.left_out[f"{printable(base)}/"] += 1
            elif _is_new(root / name, seen):
                listing.folders.append(name)
                waiting.append(f"{name}/")
    listing.images.sort()
    return listing


def _entries(folder: Path) -> Iterator[os.DirEntry]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError as error:
        raise SourceError(f"{error.filename}: the folder cannot be read ({error.strerror})") from error


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # for example, a link to itself
        return False


def _is_image(entry: os.DirEntry, extensions: set[str]) -> bool:
    if is_system_file(entry.name):
        return False
    suffix = PurePath(entry.name).suffix.lower()
    return suffix in extensions or (_may_be_image(entry.name) and _has_image(entry.path))


def _may_be_image(name: str) -> bool:
    """Return whether a file's suffix does not say that it is something else: only such files are opened."""
    kind = _TYPES.guess_type(name)[0]
    return kind is None or kind == _NO_TYPE or kind.startswith("image/")


def _has_image(path: str) -> bool:
    try:
        with open_image_file(path) as file:
            return is_image_content(file.read(N_FIRST_BYTES))
    except ImageReadError:
        return False


def _is_new(folder: Path, seen: set[str]) -> bool:
    whole = os.path.realpath(folder)
    new = whole not in seen
    seen.add(whole)
    return new
