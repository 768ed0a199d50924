"""A source of the images in a folder, with its subfolders as labels."""

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import SourceError
from ..images.reading import readable_extensions
from ..records import Callback
from .keys import printable
from .list_source import ListSource


class FolderSource(ListSource):
    """A source of all images in a folder and its subfolders, sorted by key.

    The key of an image is its path within `root`, with forward slashes; its label is its subfolder, such as "cats" or
    "cats/siamese", and None if it is directly in `root`. Images are recognized by their file extension. Hidden files
    and folders are ignored. Links are followed, but each folder is read only once.

    Parameters
    ----------
    root : str or PathLike
    callback : callable, optional
        Called with 0 for each file and folder that is found; may raise `Cancelled`.

    Attributes
    ----------
    n_ignored : int
        Number of files that are not images, without hidden files.
    empty_folders : tuple of str
        Subfolders without any images; subfolders of these are not listed.

    Raises
    ------
    SourceError
        The folder does not exist, cannot be read, or has no images.
    """

    def __init__(self, root: str | os.PathLike, callback: Callback | None = None) -> None:
        root = existing_folder(root)
        extensions = readable_extensions()
        files, folders = _visible_files(root, callback)
        images = sorted(name for name in files if Path(name).suffix.lower() in extensions)
        self.n_ignored = len(files) - len(images)
        if not images:
            found = f"{self.n_ignored} other file{'s' * (self.n_ignored > 1)}" if self.n_ignored else "no files at all"
            raise SourceError(f"{root}: expected images, found {found}; choose the folder above or around them")
        keys = [printable(name) for name in images]
        labels = [key.rpartition("/")[0] for key in keys]
        self.empty_folders = tuple(map(printable, _empty_folders(folders, images)))
        super().__init__([root / name for name in images], labels if any(labels) else None, keys)


def existing_folder(path: str | os.PathLike) -> Path:
    """Return the path, or raise `SourceError` if no folder is there."""
    path = Path(path).expanduser()
    if not os.path.isdir(path):
        raise SourceError(f"{path}: expected a folder, found {'a file' if os.path.exists(path) else 'nothing there'}")
    return path


def _visible_files(root: Path, callback: Callback | None) -> tuple[list[str], list[str]]:
    """Return the paths of files and folders within `root`, with forward slashes, in no particular order."""
    seen, files, folders, waiting = {os.path.realpath(root)}, [], [], [""]
    while waiting:
        place = waiting.pop()
        subfolders = []
        for entry in _entries(root / place):
            if callback:
                callback(0.0)
            if not entry.name.startswith(".") and entry.name != "__MACOSX":
                (subfolders if _is_folder(entry) else files).append(place + entry.name)
        new = [name for name in sorted(subfolders) if _is_new(root / name, seen)]
        folders += new
        waiting += [f"{name}/" for name in reversed(new)]
    return files, folders


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


def _empty_folders(folders: list[str], images: list[str]) -> list[str]:
    full = {""}
    for name in images:
        while (name := name.rpartition("/")[0]) not in full:
            full.add(name)
    return sorted(name for name in folders if name not in full and name.rpartition("/")[0] in full)


def _is_new(folder: Path, seen: set[str]) -> bool:
    whole = os.path.realpath(folder)
    new = whole not in seen
    seen.add(whole)
    return new
