"""Pictures in a folder and its subfolders, which label them."""

import os
from pathlib import Path

from .errors import SourceError
from .images import readable_extensions
from .lists import ListSource, printable


class FolderSource(ListSource):
    """All pictures in a folder and its subfolders, sorted by key.

    The key of a picture is its path within `root`, with forward slashes; its label is the subfolder that it is in, such
    as "cats" or "cats/siamese", and None directly in `root`. Files count as pictures by their extension. Hidden files
    and folders are left out. Links are followed, but each folder is read only once.

    Parameters
    ----------
    root : str or PathLike

    Attributes
    ----------
    n_ignored : int
        Number of files that are not pictures, hidden ones not counted.
    empty_folders : tuple of str
        Subfolders in which, and below which, there is no picture; of these, those that are in no other.

    Raises
    ------
    SourceError
        There is no such folder, it may not be read, or there are no pictures in it.
    """

    def __init__(self, root: str | os.PathLike) -> None:
        root = existing_folder(root)
        extensions = readable_extensions()
        files, folders = _visible_files(root)
        pictures = sorted(name for name in files if Path(name).suffix.lower() in extensions)
        self.n_ignored = len(files) - len(pictures)
        if not pictures:
            found = f"{self.n_ignored} other files" if self.n_ignored else "no files at all"
            raise SourceError(f"{root}: expected pictures, found {found}; choose the folder above or around them")
        keys = [printable(name) for name in pictures]
        labels = [key.rpartition("/")[0] for key in keys]
        self.empty_folders = tuple(map(printable, _empty_folders(folders, pictures)))
        super().__init__([root / name for name in pictures], labels if any(labels) else None, keys)


def existing_folder(path: str | os.PathLike) -> Path:
    """Give the path, or raise `SourceError` if no folder is there."""
    path = Path(path)
    if not os.path.isdir(path):
        raise SourceError(f"{path}: expected a folder, found {'a file' if os.path.exists(path) else 'nothing there'}")
    return path


def _visible_files(root: Path) -> tuple[list[str], list[str]]:
    """List files and folders by their paths within `root`, with forward slashes, in no particular order."""

    def refuse(error: OSError) -> None:
        raise SourceError(f"{error.filename}: the folder cannot be read ({error.strerror})") from error

    seen, found, within = {os.path.realpath(root)}, [], []
    for folder, subfolders, files in os.walk(root, followlinks=True, onerror=refuse):
        subfolders.sort()
        subfolders[:] = [name for name in subfolders if _is_visible(name) and _is_new(os.path.join(folder, name), seen)]
        place = Path(folder).relative_to(root)
        found += [(place / name).as_posix() for name in files if _is_visible(name)]
        within += [(place / name).as_posix() for name in subfolders]
    return found, within


def _empty_folders(folders: list[str], pictures: list[str]) -> list[str]:
    full = {""}
    for name in pictures:
        while (name := name.rpartition("/")[0]) not in full:
            full.add(name)
    return sorted(name for name in folders if name not in full and name.rpartition("/")[0] in full)


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name != "__MACOSX"


def _is_new(folder: str, seen: set[str]) -> bool:
    folder = os.path.realpath(folder)
    new = folder not in seen
    seen.add(folder)
    return new
