"""Load the images of a folder, table or array as an Orange table that names them, and list problems."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..cache_folder import cache_folder
from ..records import Callback, Source
from ..sources.array_files import ArrayImages
from ..sources.left_out import describe_left_out
from ..sources.source_choice import SourceChoice
from .image_table import IMAGE_NAME, ImageTables, image_tables

FOLDER_CLASS = "category"
"""Name of the class of subfolders, as in Import Images of Image Analytics."""


@dataclass(frozen=True, eq=False)
class LoadedImages:
    """Tables of images, and problems of their source.

    Attributes
    ----------
    choice : SourceChoice
    tables : ImageTables
    left_out : str
        Files in the folder that are not images, in words; "" for none.
    remarks : tuple of str
        What the user should know about the source.
    empty_folders : tuple of str
        Subfolders without images.
    written_to : Path or None
        Folder with the images of an array.
    """

    choice: SourceChoice
    tables: ImageTables
    left_out: str = ""
    remarks: tuple[str, ...] = ()
    empty_folders: tuple[str, ...] = ()
    written_to: Path | None = None

    @cached_property
    def class_counts(self) -> list[tuple[str, int]]:
        """Number of readable images of each class, also of classes without images; [] if there is no class."""
        images = self.tables.images
        if images is None or not images.domain.has_discrete_class:
            return []
        counts = Counter(images.Y[images.Y == images.Y].astype(int))
        return [(value, counts[class_index]) for class_index, value in enumerate(images.domain.class_var.values)]

    @cached_property
    def problems(self) -> list[tuple[str, str]]:
        """Names and problems of images that cannot be opened, and of classes without images."""
        skipped = self.tables.skipped
        reasons = [] if skipped is None else skipped.metas[:, -1]
        found = list(zip([] if skipped is None else skipped.get_column(self.tables.column), reasons, strict=True))
        found += [(name, "there is no image in this folder") for name in self.empty_folders]
        if self.tables.images is not None:
            found += [(name, "no image of this class can be opened") for name, n in self.class_counts if not n]
        return found


def load_images(choice: SourceChoice, callback: Callback | None = None) -> LoadedImages:
    """Make a table of the images of a source that a user chose.

    Parameters
    ----------
    choice : SourceChoice
        The choice, from `complete`. Images of an array are written to PNG files in Orange's cache folder, as a table
        has to name files.
    callback : callable, optional
        Called with the fraction done, 0-1, and with 0 while a folder is read; may raise `Cancelled`.

    Raises
    ------
    SourceError
        There are no images, or the choice does not fit the source.
    SinkError
        The images of an array cannot be written.
    """
    path = Path(choice.path)
    loaded = _load(choice, path, choice.open(callback), callback)
    for table in (loaded.tables.images, loaded.tables.skipped):
        if table is not None:
            table.name = path.name if choice.kind == "a folder" else path.stem
    return loaded


def _load(choice: SourceChoice, path: Path, source: Source, callback: Callback | None) -> LoadedImages:
    if choice.kind == "a folder":
        tables = image_tables(source, path, class_name=FOLDER_CLASS, with_class=_has_classes(source), callback=callback)
        return LoadedImages(choice, tables, describe_left_out(source.left_out), source.remarks, source.empty_folders)
    if choice.kind == "an array":
        half = callback and (lambda fraction: callback(fraction / 2))
        files = ArrayImages(cache_folder()).keep(path, source, half)
        folder = next(iter(files)).location.parent
        tables = image_tables(files, folder, callback=callback and (lambda fraction: callback((1 + fraction) / 2)))
        return LoadedImages(choice, tables, written_to=folder)
    origin = Path(choice.root) if choice.root else path.parent
    name = choice.image_column or IMAGE_NAME
    tables = image_tables(source, origin, image_name=name, callback=callback)
    return LoadedImages(choice, tables, remarks=source.remarks)


def _has_classes(source: Source) -> bool:
    """Return whether images are in several folders; only then, there is a class, as in Import Images."""
    return len({item.label for item in source}) > 1
