"""A source of the images in a folder, with its subfolders as labels."""

import errno
import os
from collections import Counter, defaultdict
from pathlib import Path

from ..errors import SourceError
from ..records import Callback
from .folder_listing import list_folder
from .keys import on_one_line, printable
from .left_out import describe_left_out
from .list_source import ListSource
from .split_folders import SPLIT_NAME, find_splits, unknown_splits


class FolderSource(ListSource):
    """A source of all images in a folder and its subfolders, sorted by key.

    The key of an image is its path within `root`, with forward slashes; its label is its subfolder, such as "cats" or
    "cats/siamese", and None if it is directly in `root`. If subfolders are splits (``train`` and ``val`` or
    ``test``), the label is the folder below ("cats" for ``train/cats``), and a meta ``split`` has the split. Images are
    recognized by their suffix, or by their content if that is unknown. Hidden files and folders are ignored, and those
    that systems keep, such as thumbnails. Links are followed, but each folder is read only once.

    Parameters
    ----------
    root : str or PathLike
    callback : callable, optional
        Called with 0 for each file and folder that is found; may raise `Cancelled`.

    Attributes
    ----------
    left_out : Counter of str
        Number of files that are not images by suffix, and of folders of the system; `describe_left_out` describes it.
    remarks : tuple of str
        What the user should know: whether folders are or may be splits, and classes with almost the same name.
    empty_folders : tuple of str
        Subfolders without any images; subfolders of these are not listed.

    Raises
    ------
    SourceError
        The folder does not exist, cannot be read, or has no images.
    """

    def __init__(self, root: str | os.PathLike, callback: Callback | None = None) -> None:
        root = existing_folder(root)
        found = list_folder(root, callback)
        self.left_out: Counter[str] = found.left_out
        images = found.images
        if not images:
            others = describe_left_out(self.left_out) or "no files at all"
            raise SourceError(
                f"{root}: expected images, found {others}; choose a folder that has images in it or in its folders"
            )
        keys = [printable(name) for name in images]
        labels = [key.rpartition("/")[0] for key in keys]
        metas = None
        splits = find_splits(labels)
        if splits:
            labels = [label for _, label in splits]
            metas = [{SPLIT_NAME: split or None} for split, _ in splits]
            self.remarks = (_describe_splits([split for split, _ in splits], any(labels)),)
        else:
            self.remarks = _describe_unknown_splits(set(labels))
        self.remarks += _describe_similar(set(labels))
        self.empty_folders = tuple(map(printable, _empty_folders(found.folders, images)))
        super().__init__([root / name for name in images], labels if any(labels) else None, keys, metas)


def _describe_splits(splits: list[str], has_labels: bool) -> str:
    numbers = Counter(splits)
    n_others = numbers.pop("", 0)
    counts = ", ".join(f"{split} ({n:,})" for split, n in sorted(numbers.items()))
    classes = "classes are the folders in them" if has_labels else "there are no classes"
    others = f"; images beside them have no class ({n_others:,})" if n_others and has_labels else ""
    return f"taken as splits: {counts}; {classes}{others}"


def _describe_unknown_splits(labels: set[str]) -> tuple[str, ...]:
    folders = unknown_splits(labels)
    if not folders:
        return ()
    return (
        f"classes are whole paths, such as {min(filter(None, labels))}; {', '.join(folders)} have the same folders in "
        "them: if they are splits, call them train, val or test",
    )


def _describe_similar(labels: set[str]) -> tuple[str, ...]:
    spellings = defaultdict(list)
    for label in sorted(labels):
        spellings[" ".join(label.casefold().replace("_", " ").split())].append(label)
    return tuple(
        f"classes that differ in spelling only: {', '.join(map(repr, each))}"
        for each in spellings.values()
        if len(each) > 1
    )


def existing_folder(path: str | os.PathLike) -> Path:
    """Return the path, or raise `SourceError` if no folder is there."""
    path = Path(path).expanduser()
    if not os.path.isdir(path):
        found = "a file" if os.path.exists(path) else describe_absence(path, "nothing there")
        raise SourceError(f"{path}: expected a folder, found {found}")
    return path


def describe_absence(path: Path, nothing: str = "no such file or folder") -> str:
    """Return why nothing is at a path: a link that leads nowhere, or else `nothing`."""
    if not os.path.islink(path):
        return nothing
    try:
        os.stat(path)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "a link that leads to itself"
    return f"a link to {on_one_line(printable(os.readlink(path)))}, which does not exist"


def _empty_folders(folders: list[str], images: list[str]) -> list[str]:
    full = {""}
    for name in images:
        while (name := name.rpartition("/")[0]) not in full:
            full.add(name)
    return sorted(name for name in folders if name not in full and name.rpartition("/")[0] in full)
