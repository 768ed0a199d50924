"""Find the images of a table whose paths are those of another computer, or lack their suffix."""

import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath

from ..images.locations import is_address
from ..images.reading import readable_extensions
from ..plurals import pl
from .keys import on_one_line
from .system_files import is_hidden, is_system_folder

MAX_FILES = 500_000
"""Number of files after which the search ends: a table in a folder of everything."""

_N_TRIED = 1000
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


@dataclass(frozen=True)
class Finding:
    """The images that were found for their names.

    Attributes
    ----------
    paths : dict of str to Path
        Path of each image that is not where its name says, but elsewhere.
    remark : str
        What the user should know, such as "24 of 24 images were found by file name in IMG beside the table"; "" if
        all images are where their names say, or there is nothing to say.
    """

    paths: dict[str, Path]
    remark: str = ""


class ImageFinder:
    """Finds images by their file names, in a folder and in those within it.

    An image is only found where there is no doubt: one file has this name, or one of several is also in folders of the
    same names; and no other name in the table leads to the same file. A missing image is not looked for if others are
    where their names say, unless its name is a path of another computer: it may then be missing indeed.

    Parameters
    ----------
    folder : Path
        Folder that relative paths start from, and that is searched.
    place : str
        What the folder is called in remarks, such as "beside the table".
    advice : str
        What to do if no images are found, for remarks.
    """

    def __init__(
        self, folder: Path, place: str = "beside the table", advice: str = "choose the folder where they are (--root)"
    ) -> None:
        self._folder = folder
        self._place = place
        self._advice = advice

    def find(self, names: Sequence[str]) -> Finding:
        """Look for the images that are not where their names say.

        Parameters
        ----------
        names : sequence of str
            Paths of images, absolute or relative to the folder; addresses and empty ones are left alone.
        """
        counts = Counter(name for name in names if name and not is_address(name))
        distinct = list(counts)
        tried = distinct[:: max(1, len(distinct) // _N_TRIED)]
        if all(map(self._is_there, tried)):
            return Finding({})
        there = [name for name in distinct if self._is_there(name)]
        missing = set(distinct).difference(there)
        sought = [name for name in distinct if name in missing and (not there or self._is_foreign(name))]
        if not sought or self._index is None:
            return Finding({})
        paths = self._without_doubt({name: self._matches(name) for name in sought}, there)
        return Finding(paths, self._remark(sought, paths, counts))

    def has(self, name: str) -> bool:
        """Return whether the folder, or one within it, has an image of this name, which may lack its suffix."""
        paths = self._matches(name) if self._index and not is_address(name) else []
        return any(PurePath(path).suffix.lower() in readable_extensions() for path in paths)

    def _is_there(self, name: str) -> bool:
        try:
            return os.path.isfile(self._folder / name)
        except ValueError:  # a null character
            return False

    def _is_foreign(self, name: str) -> bool:
        """Return whether a name is a path on another computer."""
        if os.name != "nt" and ("\\" in name or _WINDOWS.match(name)):
            return True
        return os.path.isabs(name) and not os.path.isdir(os.path.dirname(name))

    @cached_property
    def _index(self) -> dict[str, list[str]] | None:
        """Paths within the folder by file name, and by file name without suffix; None if there are too many."""
        index, n_files, extensions = defaultdict(list), 0, readable_extensions()
        for place, folders, files in os.walk(self._folder):
            folders[:] = [name for name in folders if not is_hidden(name) and not is_system_folder(name)]
            n_files += len(files)
            if n_files > MAX_FILES:
                return None
            for name in files:
                path = os.path.relpath(os.path.join(place, name), self._folder)
                index[_plain(name)].append(path)
                stem, suffix = os.path.splitext(name)
                if suffix.lower() in extensions:
                    index[_plain(stem)].append(path)
        return index

    def _matches(self, name: str) -> list[str]:
        """Return the paths that fit a name: those that share the most of its last parts."""
        parts = list(map(_plain, _parts(name)))
        found = self._index.get(parts[-1], []) if parts else []
        shared = [_n_shared([_plain(part) for part in PurePath(path).parts], parts) for path in found]
        best = [path for path, n in zip(found, shared, strict=True) if n == max(shared)]
        exact = [path for path in best if PurePath(path).name == _parts(name)[-1]]
        return exact or best

    def _without_doubt(self, matches: dict[str, list[str]], there: Iterable[str]) -> dict[str, Path]:
        single = {name: self._folder / paths[0] for name, paths in matches.items() if len(paths) == 1}
        spellings = {name: tuple(_parts(name)) for name in single}
        claims = Counter(path for path, _ in {(single[name], spellings[name]) for name in single})
        claims.update({self._folder / name for name in there})
        return {name: path for name, path in single.items() if claims[path] == 1}

    def _remark(self, sought: list[str], paths: dict[str, Path], counts: Counter[str]) -> str:
        n_sought = sum(counts[name] for name in sought)
        n_found = sum(counts[name] for name in paths)
        if n_found:
            how = "file name" if all(PurePath(_parts(name)[-1]).suffix for name in paths) else "name without suffix"
            were = pl(n_found, "was|were")
            others = [name for name in sought if name not in paths]
            n_others = n_sought - n_found
            rest = f"; {n_others:,} {pl(n_others, 'was|were')} not; {self._first_missing(others)}" if others else ""
            where = self._where(paths)
            return f"{n_found:,} of {n_sought:,} {pl(n_sought, 'image')} {were} found by {how} {where}{rest}"
        return (
            f"{n_sought:,} {pl(n_sought, 'image was|images were')} not found in {self._folder} and its folders; "
            f"{self._first_missing(sought)}; {self._advice}"
        )

    def _first_missing(self, missing: list[str]) -> str:
        """Return the first image that was not found, with the reason; one with several files rather than with none."""
        matches = {name: self._matches(name) for name in missing}
        first = next((name for name in missing if matches[name]), missing[0])
        suffix = "" if PurePath(_parts(first)[-1] if _parts(first) else "").suffix else ", whose name has no suffix"
        which = "the first" if first == missing[0] else "one"
        why = {0: "there is no file of its name", 1: "the table has several images of its name, and there is one file"}
        return f"{which}: {on_one_line(first)}{suffix}: {why.get(len(matches[first]), 'there are several of its name')}"

    def _where(self, paths: dict[str, Path]) -> str:
        folders = {path.parent for path in paths.values()}
        if folders == {self._folder}:
            return self._place
        within = os.path.relpath(os.path.commonpath(folders), self._folder)
        return f"in folders {self._place}" if within == "." else f"in {within} {self._place}"


def _parts(name: str) -> list[str]:
    """Return the parts of a path of any system, without drive and root."""
    return [part for part in re.split(r"[\\/]+", re.sub(r"^[A-Za-z]:", "", name)) if part not in ("", ".")]


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _n_shared(path: list[str], parts: list[str]) -> int:
    """Return how many folders before the file name are the same."""
    n = 0
    while n + 1 < min(len(path), len(parts)) and path[-n - 2] == parts[-n - 2]:
        n += 1
    return n
