"""The images that networks are compared on, with their classes and groups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SettingError, SourceError
from ..records import ImageItem
from ..sources.keys import names_in_words, shortened
from ..training.label_encoding import encode_labels, leave_out_rare

if TYPE_CHECKING:
    from ..records import Source


@dataclass(frozen=True, eq=False)
class LabeledImages:
    """A source of images that all have a class.

    Attributes
    ----------
    items : list of ImageItem
    class_indices : ndarray of shape (n_images,), int
    classes : tuple of str
    groups : ndarray of shape (n_images,), int, or None
        Number of each image's group; images of one group stay on one side. None without groups.
    n_unlabeled : int
        Number of images without a class, which were left out.
    rare : dict of str to int
        Number of images of each class that was left out.
    """

    items: list[ImageItem]
    class_indices: np.ndarray
    classes: tuple[str, ...]
    groups: np.ndarray | None = None
    n_unlabeled: int = 0
    rare: dict[str, int] | None = None

    label_name = "Class"
    is_target = False
    meta_names = ()
    columns = ()

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[ImageItem]:
        return iter(self.items)

    def choose(self, rows: Sequence[int] | np.ndarray) -> "LabeledImages":
        """Return some of the images; all classes stay."""
        groups = None if self.groups is None else self.groups[rows]
        return LabeledImages([self.items[row] for row in rows], self.class_indices[rows], self.classes, groups)


def labeled_images(source: "Source", *, min_images: int = 1, group: str | None = None) -> LabeledImages:
    """Take the images of a source that have a class.

    Parameters
    ----------
    source : Source
    min_images : int
        Number of images that a class needs; others are left out.
    group : str, optional
        Column of the groups.

    Returns
    -------
    LabeledImages

    Raises
    ------
    SettingError
        The source has several images per row, or numbers to predict.
    TrainingError
        There are no labels, or fewer than two classes.
    SourceError
        There is no such column, or an image has no value in it.
    """
    if source.columns:
        raise SettingError("Networks are compared on one image per row: name one image column.")
    if source.is_target:
        raise SettingError("Networks are compared on classes: name a label column in place of a target column.")
    _check_column(source, group)
    items = list(source)
    labels, rare = leave_out_rare([item.label for item in items], min_images)
    encoded, classes = encode_labels(labels, is_target=False)
    rows = np.flatnonzero(~np.isnan(encoded))
    kept = [items[row] for row in rows]
    n_unlabeled = len(items) - len(kept) - sum(rare.values())
    groups = None if group is None else _groups(kept, group)
    return LabeledImages(kept, encoded[rows].astype(int), classes, groups, n_unlabeled, rare)


def _check_column(source: "Source", group: str | None) -> None:
    if group is not None and group not in source.meta_names:
        columns = names_in_words(source.meta_names) or "none"
        raise SourceError(
            f"There is no column {shortened(repr(group))} of groups; columns beside the class: {columns}."
        )


def _groups(items: Sequence[ImageItem], column: str) -> np.ndarray:
    values = [item.metas.get(column) for item in items]
    missing = next((item for item, value in zip(items, values, strict=True) if value in (None, "")), None)
    if missing:
        raise SourceError(f"{shortened(missing.key)} has no value in {column}: each image needs one to be in a group.")
    return np.unique(list(map(str, values)), return_inverse=True)[1]
