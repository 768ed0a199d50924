"""Open the source that a user chose, and guess the options that were not chosen."""

import os
from dataclasses import dataclass, replace

from ..errors import SourceError
from ..records import Callback, Source
from .folder_source import FolderSource
from .opening import kind_of, open_source
from .preview import ArrayPreview, TablePreview, labels_beside, preview_array, preview_table


@dataclass(frozen=True)
class SourceChoice:
    """A chosen location of images, with the options of a table or an array.

    Attributes
    ----------
    path : str
        Path of a folder, a table, an array or an image.
    image_column, label_column : str or None
        Columns of images and labels in a table with a header; "" for no labels, None for a guess.
    is_target : bool or None
        Whether labels are numbers to predict, not classes; None for a guess.
    root : str
        Folder that relative paths in a table start from; "" for the folder of the table.
    labels : str or None
        File of the labels of an array; "" for no labels, None for a guess.
    shape : tuple of int or None
        (height, width, channels) of images that are rows of an array; None if the array has the shape.
    """

    path: str
    image_column: str | None = None
    label_column: str | None = None
    is_target: bool | None = None
    root: str = ""
    labels: str | None = None
    shape: tuple[int, int, int] | None = None

    @property
    def kind(self) -> str:
        """Kind of the source, as `opening.kind_of` returns it.

        Raises
        ------
        SourceError
            There are no images at the path.
        """
        return kind_of(self.path)

    def open(self, callback: Callback | None = None) -> Source:
        """Open the source; call `complete` first to fill in guesses.

        Parameters
        ----------
        callback : callable, optional
            As for `FolderSource`.

        Raises
        ------
        SourceError
        """
        if self.kind == "a folder":
            return FolderSource(self.path, callback)
        options: dict[str, object] = {}
        if self.kind == "a table":
            options = {"root": self.root or None, "image_column": self.image_column or None}
            if self.image_column:
                options["target_column" if self.is_target else "label_column"] = self.label_column or None
        elif self.kind == "an array":
            sides = dict(zip(("height", "width", "channels"), self.shape or (), strict=False))
            options = {"labels": self.labels or None} | sides
        return open_source(self.path, **options)


def complete(choice: SourceChoice) -> tuple[SourceChoice, TablePreview | ArrayPreview | None]:
    """Fill in guesses for the options that were not chosen, from a preview of the file.

    Returns
    -------
    choice : SourceChoice
    preview : TablePreview, ArrayPreview or None
        Preview of a table or an array.

    Raises
    ------
    SourceError
        There are no images at the path, or no column names images.
    """
    if choice.kind == "an array":
        labels = os.fspath(labels_beside(choice.path) or "") if choice.labels is None else choice.labels
        return replace(choice, labels=labels), preview_array(choice.path)
    if choice.kind != "a table":
        return choice, None
    preview = preview_table(choice.path, choice.root or None)
    if not preview.has_header:
        return replace(choice, image_column="", label_column="", is_target=False), preview
    image = choice.image_column or next(iter(preview.images), "")
    if not image:
        names = ", ".join(preview.names)
        raise SourceError(f"{choice.path}: no column names images; choose the one that should (found: {names})")
    label = preview.label if choice.label_column is None else choice.label_column
    is_target = label in preview.numbers if choice.is_target is None else choice.is_target
    return replace(choice, image_column=image, label_column=label, is_target=is_target), preview
