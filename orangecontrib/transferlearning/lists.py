"""Pictures whose locations are all at hand, each with a key of its own."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from .errors import SourceError
from .items import ImageItem, Label, Location
from .labels import CLASS_NAME, label_list


class ListSource:
    """Pictures whose locations are at hand.

    Parameters
    ----------
    locations : sequence of Location
        Paths, URLs, or arrays of pixels.
    labels : sequence of Label, optional
        One a picture.
    keys : sequence of str, optional
        One a picture; by default its path or URL, or its position where it has none ("0", "1", ...). A repeated key
        gets a number: "a", "a (2)".
    metas : sequence of mapping of str to Label, optional
        What else is known of each picture; all have the same names.

    Raises
    ------
    SourceError
        There are not as many labels, keys or metas as locations.
    """

    is_target = False
    columns: tuple[str, ...] = ()

    def __init__(
        self,
        locations: Sequence[Location],
        labels: Sequence[Label] | np.ndarray | None = None,
        keys: Sequence[str] | None = None,
        metas: Sequence[Mapping[str, Label]] | None = None,
    ) -> None:
        if isinstance(locations, str | os.PathLike):
            raise SourceError(f"expected a list of pictures, received a single location: {locations}")
        locations = list(locations)
        if keys is None:
            keys = [location_key(location, str(position)) for position, location in enumerate(locations)]
        metas = [{}] * len(locations) if metas is None else metas
        for what, each in (("keys", keys), ("metas", metas)):
            if len(each) != len(locations):
                found = f"found {len(each)} {what}"
                raise SourceError(f"expected one of the {what} for each of {len(locations)} pictures, {found}")
        given = [None] * len(keys) if labels is None else label_list(labels, len(keys))
        # Items are made as they are asked for: of a long log, making them all takes as long as reading it.
        self._fields = (list(unique_names(list(map(str, keys)))), locations, given, list(metas))
        self.label_name = None if labels is None else CLASS_NAME
        self.meta_names = tuple(metas[0]) if metas else ()

    def __len__(self) -> int:
        return len(self._fields[0])

    def __iter__(self) -> Iterator[ImageItem]:
        return map(ImageItem, *self._fields)


def location_key(location: Location, otherwise: str) -> str:
    """Name a picture by its path or URL; `otherwise` if it has none that a person could read."""
    text = os.fsdecode(location) if isinstance(location, str | os.PathLike) else ""
    return otherwise if not text or text[:5].lower() == "data:" else printable(text)


def printable(text: str) -> str:
    """Replace what is not Unicode in a file name, as it could not be written to any output."""
    return text.encode("utf-8", "replace").decode("utf-8")


def unique_names(keys: list[str]) -> Iterator[str]:
    """Give each name as it is, a repeated one with a number that makes it unique: "a", "a (2)"."""
    taken, times = set(keys), Counter()
    for key in keys:
        times[key] += 1
        yield key if times[key] == 1 else take_name(key, taken, times[key])


def take_name(name: str, taken: set[str], number: int = 1) -> str:
    """Give a name the first number, from this one on, that makes it unique, and add it to those taken."""
    free = name if number == 1 else f"{name} ({number})"
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free
