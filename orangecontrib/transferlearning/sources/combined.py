"""A source without its first images, or with no more than so many."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from ..errors import SourceError
from ..records import ImageItem
from .keys import take_name

if TYPE_CHECKING:
    from ..records import Source


class PartSource:
    """Consecutive rows of a source: each is an image, or as many images as the source has columns of them.

    Parameters
    ----------
    source : Source
    start_row : int
        The first row to give, from 1.
    limit : int, optional
        How many rows to give at most; by default all that follow.

    Raises
    ------
    SourceError
        The source ends before `start_row`, or a number is less than 1.
    """

    def __init__(self, source: "Source", start_row: int = 1, limit: int | None = None) -> None:
        for name, number in (("start_row", start_row), ("limit", limit)):
            if number is not None and number < 1:
                raise SourceError(f"expected {name} to be 1 or more, received {number}")
        n_each = len(source.columns) or 1
        n_rows = len(source) // n_each
        if start_row > n_rows:
            raise SourceError(f"expected to start at row {start_row}, found only {n_rows} rows; say a smaller number")
        self._source = source
        self._start = (start_row - 1) * n_each
        self._stop = len(source) if limit is None else min(self._start + limit * n_each, len(source))
        self.label_name = source.label_name
        self.is_target = source.is_target
        self.meta_names = source.meta_names
        self.columns = source.columns
        self.n_ignored = getattr(source, "n_ignored", 0)

    def __len__(self) -> int:
        return self._stop - self._start

    def __iter__(self) -> Iterator[ImageItem]:
        return islice(self._source, self._start, self._stop)


class JoinedSource:
    """The images of several sources, in order, without labels and metas, which may differ from one to the next.

    Parameters
    ----------
    parts : sequence of (str, Source)
        Each source with what its keys begin with: a folder's path, say, or "". A repeated key gets a number.

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
