"""Open a folder, table, array or image as a source of images."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from ..errors import ImageReadError, SourceError
from ..images.file_kinds import N_FIRST_BYTES, file_kind, is_image_content
from ..images.locations import is_address, open_image_file
from ..images.reading import readable_extensions
from ..records import Label, Location, Source
from .array_source import NpySource
from .combined import JoinedSource, PublicSource, select_rows
from .csv_source import CsvSource
from .folder_source import FolderSource, describe_absence
from .keys import printable
from .list_source import ListSource

Images = Source | Sequence[Location] | str | os.PathLike
"""A source, a list of locations, or a path that `open_source` opens: a folder, a CSV file, an array file, an image."""


_KINDS = {
    "a folder": (FolderSource, set()),
    "a table": (CsvSource, {"root", "image_column", "label_column", "target_column", "where"}),
    "an array": (NpySource, {"labels", "height", "width", "channels"}),
    "a single image": (lambda location: ListSource([location]), set()),
}


def open_source(
    location: str | os.PathLike,
    *,
    labels: str | os.PathLike | np.ndarray | Sequence[Label] | None = None,
    root: str | os.PathLike | None = None,
    image_column: str | Sequence[str] | None = None,
    label_column: str | None = None,
    target_column: str | None = None,
    where: Mapping[str, str | float] | None = None,
    height: int | None = None,
    width: int | None = None,
    channels: int | None = None,
    start_row: int = 1,
    limit: int | None = None,
    local_addresses: bool = True,
) -> Source:
    """Open a folder, a table (``.csv``, ``.tsv``, ``.txt``), an array (``.npy``) or a single image.

    A file with the suffix of no image format is an image if its first bytes are; else the error says what it is.

    Parameters
    ----------
    location : str or PathLike
        Path of the source; for a single image also a URL.
    labels, height, width, channels
        As for `NpySource`.
    root, image_column, label_column, target_column, where
        As for `CsvSource`.
    start_row, limit
        As for `select_rows`; in a table, only rows that `where` keeps are counted.
    local_addresses : bool
        Whether addresses of images may be those of this computer and of local networks. Where others choose the images,
        as on a server, they could learn from these what the network has.

    Raises
    ------
    SourceError
        The location is none of these, it cannot be used, or it does not have one of the options.
    """
    table_options = {
        "root": root,
        "image_column": image_column,
        "label_column": label_column,
        "target_column": target_column,
        "where": where,
    }
    array_options = {"labels": labels, "height": height, "width": width, "channels": channels}
    given = {name: value for name, value in (table_options | array_options).items() if value is not None}
    location = _expand(location)
    kind = kind_of(location)
    opened, fit = _KINDS[kind]
    if not given.keys() <= fit:
        raise SourceError(
            f"{location} is {kind}, which takes no {', '.join(sorted(given.keys() - fit))}; leave that out"
        )
    source = opened(location, **given)
    if start_row != 1 or limit is not None:
        source = select_rows(source, start_row, limit)
    return source if local_addresses else PublicSource(source)


def open_sources(locations: Sequence[str | os.PathLike], *, local_addresses: bool = True) -> Source:
    """Open several locations as one source, each as by `open_source` without options.

    The key of an image is its path or URL; in a folder, table or array, it begins with the path of that.

    Parameters
    ----------
    locations : sequence of str or PathLike
    local_addresses : bool
        As for `open_source`.

    Raises
    ------
    SourceError
        As for `open_source`.
    """
    source = JoinedSource([_open_named(location) for location in locations])
    return source if local_addresses else PublicSource(source)


def _open_named(location: str | os.PathLike) -> tuple[str, Source]:
    kind = kind_of(_expand(location))
    try:
        return "" if kind == "a single image" else printable(os.fspath(location)), open_source(location)
    except SourceError as error:
        if kind in ("a table", "an array"):
            raise SourceError(f"{error}; only `embed` has these options") from error
        raise


def _expand(location: str | os.PathLike) -> str | os.PathLike:
    """Return a path with ``~`` expanded; a URL stays as it is."""
    return location if is_address(location) else os.path.expanduser(location)


def as_source(images: Images) -> Source:
    """Convert a path, a list of locations or an array of images to a source; a source stays as it is."""
    if isinstance(images, str | os.PathLike):
        return open_source(images)
    if isinstance(images, np.ndarray):
        return NpySource(images)
    if hasattr(images, "label_name"):
        return images
    if not isinstance(images, Iterable):
        raise SourceError(f"Expected a source, a path, an array, or a list of images, received {images!r}.")
    return ListSource(images)


def kind_of(location: str | os.PathLike) -> str:
    """Return the kind of a location for `open_source`: "a folder", "a table", "an array" or "a single image".

    Raises
    ------
    SourceError
        The location is none of these.
    """
    if not os.fspath(location):
        raise SourceError("No source is named: expected a folder, a table, an array or an image")
    if is_address(location):
        return "a single image"
    path = Path(location)
    if os.path.isdir(path):
        return "a folder"
    if not os.path.exists(path):
        raise SourceError(f"{path}: {describe_absence(path)}")
    extension = path.suffix.lower()
    if extension in (".csv", ".tsv", ".txt"):
        return "a table"
    if extension == ".npy":
        return "an array"
    if extension not in readable_extensions():
        _check_is_image(path)
    return "a single image"


def _check_is_image(path: Path) -> None:
    """Raise `SourceError` for a file that is no image by its first bytes, and say what it is."""
    expected = "expected a folder, a .csv, .tsv or .txt table, an .npy array or an image"
    try:
        with open_image_file(path) as file:
            head = file.read(N_FIRST_BYTES)
    except ImageReadError as error:
        raise SourceError(f"{path}: {error}") from error
    if is_image_content(head):
        return
    kind = file_kind(head)
    if kind is None:
        raise SourceError(f"{path}: {expected}")
    raise SourceError(f"{path}: {kind.reason}" if kind.way_out else f"{path}: {kind.reason}; {expected}")
