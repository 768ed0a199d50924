"""Open the source that a person chose, with guesses for what was not said."""

import os
from dataclasses import dataclass, replace

from ..errors import SourceError
from ..records import Callback, Source
from .folder_source import FolderSource
from .opening import kind_of, open_source
from .preview import ArrayPreview, TablePreview, labels_beside, look_at_array, look_at_table


@dataclass(frozen=True)
class SourceChoice:
    """A chosen location of images, with the options of a table or an array.

    Attributes
    ----------
    path : str
        Of a folder, a table, an array or an image.
    image_column, label_column : str or None
        Of a table with a header: which columns name images and labels; "" for no labels, None for a guess.
    is_target : bool or None
        Whether labels are numbers to predict, rather than classes; None for a guess.
    root : str
        Folder that names of images in a table start from; "" for that of the table.
    labels : str or None
        File of the labels of an array; "" for no labels, None for a guess.
    shape : tuple of int or None
        (height, width, channels) of images that are rows of an array; None where the array tells it.
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
            Nothing is there, or nothing with images.
        """
        return kind_of(self.path)

    def open(self, callback: Callback | None = None) -> Source:
        """Open what is chosen, guesses included (`complete`).

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
    """Fill in what was not said by a look at the file.

    Returns
    -------
    choice : SourceChoice
    look : TablePreview, ArrayPreview or None
        Of a table or an array.

    Raises
    ------
    SourceError
        There is nothing with images at the path, or no column names any.
    """
    if choice.kind == "an array":
        labels = os.fspath(labels_beside(choice.path) or "") if choice.labels is None else choice.labels
        return replace(choice, labels=labels), look_at_array(choice.path)
    if choice.kind != "a table":
        return choice, None
    look = look_at_table(choice.path, choice.root or None)
    if not look.has_header:
        return replace(choice, image_column="", label_column="", is_target=False), look
    image = choice.image_column or next(iter(look.images), "")
    if not image:
        names = ", ".join(look.names)
        raise SourceError(f"{choice.path}: no column names images; choose the one that should (found: {names})")
    label = look.label if choice.label_column is None else choice.label_column
    is_target = label in look.numbers if choice.is_target is None else choice.is_target
    return replace(choice, image_column=image, label_column=label, is_target=is_target), look
