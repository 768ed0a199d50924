"""Whether an earlier run's work fits this one, and what is left to do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any

from .errors import SinkError
from .fingerprints import difference
from .items import ImageItem
from .journal import Block

if TYPE_CHECKING:
    from .sources import Source


@dataclass(frozen=True, eq=False)
class RestOfSource:
    """A source without its first pictures; all else of it is as it was.

    Attributes
    ----------
    source : Source
    n_done : int
        Pictures that are left out.
    """

    source: "Source"
    n_done: int

    def __len__(self) -> int:
        return len(self.source) - self.n_done

    def __iter__(self) -> Iterator[ImageItem]:
        return islice(self.source, self.n_done, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


def rest_of(source: "Source", blocks: Iterable[Block], output: str, n_each: int = 1) -> RestOfSource:
    """Leave out the pictures that are done.

    Parameters
    ----------
    source : Source
    blocks : iterable of Block
        What the journal says.
    output : str
        Its name, for the message.
    n_each : int
        Pictures of the source that are one row of the journal.

    Raises
    ------
    SinkError
        The source does not begin with the pictures of the journal, with the same labels and other columns.
    """
    items, n_rows = islice(source, 0, None, n_each), 0
    for block in blocks:
        for found, expected in _pairs(block, items):
            n_rows += 1
            if found != expected:
                raise SinkError(
                    f"{output} was begun with other pictures: number {n_rows} was {_words(expected)}, and is "
                    f"{_words(found)} now. Take the same source, or say --overwrite to begin again."
                )
    return RestOfSource(source, n_rows * n_each)


def _pairs(block: Block, items: Iterator[ImageItem]) -> Iterator[tuple[list, list]]:
    """Put what the source has (key, label, metas) beside what the journal has, for each picture of a block."""
    embedded = iter(zip(block["keys"], block["labels"], block["metas"] or repeat({})))  # noqa: B905 - one is endless
    skipped = {key: [key, "skipped"] for key, _ in block["skipped"]}
    for _ in range(len(block["keys"]) + len(skipped)):
        item = next(items, None)
        key = None if item is None else item.key
        found = ["nothing"] if item is None else [key, item.label, dict(item.metas)]
        if key in skipped:
            yield skipped[key], skipped.pop(key)
        else:
            yield found, list(next(embedded, None) or next(iter(skipped.values())))


def _words(values: list) -> str:
    return ", ".join(str(value) for value in values if value not in (None, {}))


def refuse_other_settings(begun: Mapping[str, Any], now: Mapping[str, Any], output: str) -> None:
    """Raise `SinkError` if an earlier run was made with other settings, and say which."""
    for name in now:
        if begun.get(name) != now[name]:
            before, after = difference(str(begun.get(name)), str(now[name]))
            raise SinkError(
                f"{output} was begun with {name.replace('_', ' ')} {before}, and this run has {after}. Repeat it with "
                "the same settings, or say --overwrite to begin again."
            )
