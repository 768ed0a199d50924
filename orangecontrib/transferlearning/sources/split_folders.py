"""Recognize folders of training, validation and test images, which are not classes."""

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from .split_words import are_splits, is_content, split_of

SPLIT_NAME = "split"
"""Name of the column of splits."""


def find_splits(folders: Sequence[str]) -> list[tuple[str, str]] | None:
    """Tell splits from classes, if subfolders of images are splits: two or more that differ in the word for the split.

    If there are other folders beside them, if the splits are inside of classes, or if their names are as short as "tr",
    at least one class has to be in two splits, as "train" may be a class, and "tr" a language.

    Parameters
    ----------
    folders : sequence of str
        Subfolder of each image, such as "train/cats", "test_set/cats" or "cats/train"; "" for none. All may be within
        another folder ("data/train").

    Returns
    -------
    list of (str, str) or None
        Split and class of each image, such as ("train", "cats"); ("", "") for images beside the splits, of which the
        class is unknown. None if the folders are no splits.
    """
    paths = {folder: tuple(folder.split("/")) for folder in set(folders) if folder}
    n_common = len(posixpath.commonpath(paths).split("/")) if len(paths) > 1 and posixpath.commonpath(paths) else 0
    for level in range(n_common, max(map(len, paths.values()), default=0)):
        found = {folder: _divide(path, level, n_common) for folder, path in paths.items() if _is_split(path, level)}
        found = _of_one_kind(found)
        has_short_names = any(len(split) < 3 for split, _ in found.values())
        may_be_classes = level > n_common or len(found) < len(paths) or has_short_names
        if found and (not may_be_classes or _share_a_class(found.values())):
            n_content = _count_common_content([label for _, label in found.values() if label])
            return [
                (found[folder][0], "/".join(found[folder][1][n_content:])) if folder in found else ("", "")
                for folder in folders
            ]
    return None


MAX_UNKNOWN = 10
"""Largest number of folders that may be splits without being called so."""


def unknown_splits(folders: Iterable[str]) -> list[str]:
    """Return folders that may be splits under other names: two or more, with the same two or more folders in them.

    Parameters
    ----------
    folders : iterable of str
        As for `find_splits`.
    """
    paths = {tuple(folder.split("/")) for folder in folders if folder}
    n_common = len(posixpath.commonprefix(list(paths)))
    contents: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for path in paths:
        contents["/".join(path[: n_common + 1])].add(path[n_common + 1 :])
    first = next(iter(contents.values()), set())
    is_same = all(each == first for each in contents.values())
    return sorted(contents) if 1 < len(contents) <= MAX_UNKNOWN and len(first) > 1 and is_same else []


_Pair = tuple[str, tuple[str, ...]]
"""A split, and the folders of a class."""


def _is_split(path: Sequence[str], level: int) -> bool:
    return level < len(path) and split_of(path[level]) is not None


def _divide(path: Sequence[str], level: int, n_common: int) -> _Pair:
    split = path[level]
    # Some archives have each folder in another one of the same name.
    return split, (*path[n_common:level], *(name for name in path[level + 1 :] if name != split))


def _of_one_kind(found: dict[str, _Pair]) -> dict[str, _Pair]:
    """Return the largest group of splits whose names have the same other words; {} if none has two splits.

    They are splits of the same images: "birds_train" and "birds_val", but not "birds_train" and "test".
    """
    groups: dict[tuple[str, ...], dict[str, _Pair]] = defaultdict(dict)
    for folder, pair in found.items():
        _, others = split_of(pair[0]) or ("", ())
        groups[others][folder] = pair
    several = [group for group in groups.values() if are_splits({split for split, _ in group.values()})]
    return max(several, key=len, default={})


def _share_a_class(pairs: Iterable[_Pair]) -> bool:
    return max(Counter(label for _, label in set(pairs) if label).values(), default=0) > 1


def _count_common_content(labels: Sequence[tuple[str, ...]]) -> int:
    """Return how many folders all labels begin with that only say what is inside, such as "images" of "images/cats"."""
    if not labels:
        return 0
    same = 0
    for names in zip(*labels, strict=False):
        if len(set(names)) > 1 or not is_content(names[0]):
            break
        same += 1
    return same
