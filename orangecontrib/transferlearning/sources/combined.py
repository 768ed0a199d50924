"""Sources made of other sources: some images of one, or the images of several."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from ..errors import SourceError
from ..images.locations import only_public
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
        _copy_facts(source, self)

    def __len__(self) -> int:
        return len(self._positions)

    def __iter__(self) -> Iterator[ImageItem]:
        done, items = 0, iter(self._source)
        for position in self._positions:
            yield next(islice(items, position - done, None))
            done = position + 1


class PublicSource:
    """A source whose addresses are fetched from servers of the internet only, not of this computer or local networks.

    Parameters
    ----------
    source : Source
    """

    def __init__(self, source: "Source") -> None:
        self._source = source
        _copy_facts(source, self)

    def __len__(self) -> int:
        return len(self._source)

    def __iter__(self) -> Iterator[ImageItem]:
        return (replace(item, location=only_public(item.location)) for item in self._source)


def _copy_facts(source: "Source", other: "SourceSubset | PublicSource") -> None:
    other.label_name = source.label_name
    other.is_target = source.is_target
    other.meta_names = source.meta_names
    other.columns = source.columns
    other.left_out = getattr(source, "left_out", Counter())
    other.remarks = getattr(source, "remarks", ())


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
    left_out : Counter of str
        Number of files that are not images, in folders.
    remarks : tuple of str
        What the user should know about the sources.
    """

    label_name: str | None = None
    is_target = False
    meta_names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __init__(self, parts: "Sequence[tuple[str, Source]]") -> None:
        self._parts = list(parts)
        self.left_out: Counter[str] = sum((getattr(source, "left_out", Counter()) for _, source in parts), Counter())
        self.remarks = tuple(
            f"{start}: {remark}" if start else remark
            for start, source in self._parts
            for remark in getattr(source, "remarks", ())
        )

    def __len__(self) -> int:
        return sum(len(source) for _, source in self._parts)

    def __iter__(self) -> Iterator[ImageItem]:
        taken: set[str] = set()
        for start, source in self._parts:
            for item in source:
                key = take_name(f"{start.rstrip('/')}/{item.key}" if start else item.key, taken)
                yield replace(item, key=key, label=None, metas={})
