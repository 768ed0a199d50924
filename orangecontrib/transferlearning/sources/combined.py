"""Sources made of other sources: some images of one, or the images of several."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from ..errors import SourceError
from ..records import ImageItem
from .keys import take_name

if TYPE_CHECKING:
    from ..records import Source


class SourceSubset:
    """A source with some of its images, in the same order.

    Parameters
    ----------
    source : Source
    positions : sequence of int
        Positions of the images in the source, from 0, in increasing order; a range, for example.
    """

    def __init__(self, source: "Source", positions: Sequence[int]) -> None:
        self._source = source
        self._positions = positions
        self.label_name = source.label_name
        self.is_target = source.is_target
        self.meta_names = source.meta_names
        self.columns = source.columns
        self.n_ignored = getattr(source, "n_ignored", 0)

    def __len__(self) -> int:
        return len(self._positions)

    def __iter__(self) -> Iterator[ImageItem]:
        done, items = 0, iter(self._source)
        for position in self._positions:
            yield next(islice(items, position - done, None))
            done = position + 1


def select_rows(source: "Source", start_row: int = 1, limit: int | None = None) -> SourceSubset:
    """Return consecutive rows of a source; a row has one image for each of the source's columns of images.

    Parameters
    ----------
    source : Source
    start_row : int
        Number of the first row, from 1.
    limit : int, optional
        Largest number of rows; by default all.

    Raises
    ------
    SourceError
        The source ends before `start_row`, or a number is less than 1.
    """
    for name, number in (("start_row", start_row), ("limit", limit)):
        if number is not None and number < 1:
            raise SourceError(f"expected {name} to be 1 or more, received {number}")
    n_per_row = len(source.columns) or 1
    n_rows = len(source) // n_per_row
    if start_row > n_rows:
        raise SourceError(f"expected to start at row {start_row}, found only {n_rows}; say a smaller number")
    start = (start_row - 1) * n_per_row
    return SourceSubset(source, range(len(source))[start : None if limit is None else start + limit * n_per_row])


class JoinedSource:
    """A source with the images of several sources, in order, without labels and metas, which may differ.

    Parameters
    ----------
    parts : sequence of (str, Source)
        Each source with the beginning of its keys, such as the path of a folder, or "". A repeated key gets a number.

    Attributes
    ----------
    n_ignored : int
        Number of files that are not images, in folders.
    """

    label_name: str | None = None
    is_target = False
    meta_names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __init__(self, parts: "Sequence[tuple[str, Source]]") -> None:
        self._parts = list(parts)
        self.n_ignored = sum(getattr(source, "n_ignored", 0) for _, source in self._parts)

    def __len__(self) -> int:
        return sum(len(source) for _, source in self._parts)

    def __iter__(self) -> Iterator[ImageItem]:
        taken: set[str] = set()
        for start, source in self._parts:
            for item in source:
                key = take_name(f"{start.rstrip('/')}/{item.key}" if start else item.key, taken)
                yield replace(item, key=key, label=None, metas={})
