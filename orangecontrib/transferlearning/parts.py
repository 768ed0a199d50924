"""A source without its first pictures, or with no more than so many."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from .errors import SourceError
from .items import ImageItem

if TYPE_CHECKING:
    from .sources import Source


class PartSource:
    """Consecutive rows of a source: each is a picture, or as many pictures as the source has columns of them.

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
