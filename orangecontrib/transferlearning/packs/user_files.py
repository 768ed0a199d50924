"""Find the files of the user for a pack, and name their places in the folder that it is unpacked into."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import PackError
from ..sources.folder_source import FolderSource

Placed = tuple[str, Path]
"""The path of a file in the folder, with forward slashes, and the file."""


def place_workflows(workflows: Sequence[Path]) -> list[Placed]:
    """Return the places of workflows: directly in the folder.

    Raises
    ------
    PackError
        One is no workflow.
    """
    for path in workflows:
        if path.suffix.lower() != ".ows" or not path.is_file():
            raise PackError(f"{path} is no workflow: name an existing .ows file.")
    return [(path.with_suffix(".ows").name, path) for path in workflows]


def place_beside(path: Path, workflows: Sequence[Path]) -> str:
    """Return the place of another file or folder, such that workflows find it.

    Load Images finds what is inside of the workflow's folder by its path within that, and anything else by its name in
    that folder.

    Parameters
    ----------
    path : Path
    workflows : sequence of Path

    Returns
    -------
    str
        A path with forward slashes; "." for the folder of the workflows itself.
    """
    whole = Path(os.path.abspath(path))
    for folder in (Path(os.path.abspath(workflow)).parent for workflow in workflows):
        if whole.is_relative_to(folder):
            return whole.relative_to(folder).as_posix()
    return whole.name


def place_images(source: FolderSource, folder: Path, place: str) -> Iterator[Placed]:
    """Yield the places of all images of a folder, once it is at a place itself.

    Raises
    ------
    PackError
        An image is a link to a file elsewhere, which may not be meant for others.
    """
    beginning = "" if place == "." else f"{place}/"
    whole = Path(os.path.realpath(folder))
    for item in source:
        path = Path(item.location)
        if not Path(os.path.realpath(path)).is_relative_to(whole):
            raise PackError(f"{path} leads out of {folder}: put a copy of the image in its place.")
        yield f"{beginning}{path.relative_to(folder).as_posix()}", path
