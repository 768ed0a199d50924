"""A source of images from a list of locations."""

import os
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ..errors import SourceError
from ..records import ImageItem, Label, Location
from .keys import location_key, unique_names
from .labels import CLASS_NAME, label_list


class ListSource:
    """A source of images from a list of locations.

    Parameters
    ----------
    locations : sequence of Location
        Paths, URLs, or arrays of pixels.
    labels : sequence of Label, optional
        One label per image.
    keys : sequence of str, optional
        One key per image; by default its path or URL, or for arrays its position ("0", "1", ...). A repeated key
        gets a number: "a", "a (2)".
    metas : sequence of mapping of str to Label, optional
        Other values of each image by column name; all have the same names.

    Raises
    ------
    SourceError
        The number of labels, keys or metas is not that of the locations.
    """

    is_target = False
    columns: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def __init__(
        self,
        locations: Sequence[Location],
        labels: Sequence[Label] | np.ndarray | None = None,
        keys: Sequence[str] | None = None,
        metas: Sequence[Mapping[str, Label]] | None = None,
    ) -> None:
        if isinstance(locations, str | os.PathLike):
            raise SourceError(f"expected a list of images, received a single location: {locations}")
        locations = list(locations)
        if keys is None:
            keys = [location_key(location, str(position)) for position, location in enumerate(locations)]
        metas = [{}] * len(locations) if metas is None else metas
        for what, each in (("keys", keys), ("metas", metas)):
            if len(each) != len(locations):
                raise SourceError(f"expected {len(locations)} {what}, one for each image, found {len(each)}")
        given = [None] * len(keys) if labels is None else label_list(labels, len(keys))
        # Items are made when they are used: making all of them takes as long as reading a table.
        self._fields = (list(unique_names(list(map(str, keys)))), locations, given, list(metas))
        self.label_name = None if labels is None else CLASS_NAME
        self.meta_names = tuple(metas[0]) if metas else ()

    def __len__(self) -> int:
        return len(self._fields[0])

    def __iter__(self) -> Iterator[ImageItem]:
        return map(ImageItem, *self._fields)
