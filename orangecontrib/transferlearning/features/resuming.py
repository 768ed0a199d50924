"""Check that an earlier run's work fits this run, and find what is left to do."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, repeat
from math import isnan
from typing import TYPE_CHECKING, Any

from ..embedding.fingerprint import difference
from ..errors import SinkError
from ..records import ImageItem
from .journal import Block
from .saved_features import SavedFeatures

if TYPE_CHECKING:
    from ..records import Source


@dataclass(frozen=True, eq=False)
class RestOfSource:
    """A source without its first images; all else of it is as it was.

    Attributes
    ----------
    source : Source
    n_done : int
        Images that are left out.
    """

    source: "Source"
    n_done: int

    def __len__(self) -> int:
        return len(self.source) - self.n_done

    def __iter__(self) -> Iterator[ImageItem]:
        return islice(self.source, self.n_done, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


@dataclass(frozen=True, eq=False)
class SomeOfSource:
    """A source with some of its images only; all else of it is as it was.

    Attributes
    ----------
    source : Source
    items : list of ImageItem
    """

    source: "Source"
    items: list[ImageItem]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[ImageItem]:
        return iter(self.items)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


def rest_of(source: "Source", blocks: Iterable[Block], output: str, n_each: int = 1) -> RestOfSource:
    """Leave out the images that are done.

    Parameters
    ----------
    source : Source
    blocks : iterable of Block
        What the journal says.
    output : str
        Its name, for the message.
    n_each : int
        Images of the source that are one row of the journal.

    Raises
    ------
    SinkError
        The source does not begin with the images of the journal, with the same labels and other columns.
    """
    items, n_rows = islice(source, 0, None, n_each), 0
    for block in blocks:
        for found, expected in _pairs(block, items):
            n_rows += 1
            if found != expected:
                raise SinkError(
                    f"{output} was begun with other images: number {n_rows} was {_words(expected)}, and is "
                    f"{_words(found)} now. Take the same source, or say --overwrite to begin again."
                )
    return RestOfSource(source, n_rows * n_each)


def not_in(source: "Source", saved: SavedFeatures, output: str, n_each: int = 1) -> SomeOfSource:
    """Pick the images that a whole output lacks: those that could not be read, unless the source has grown.

    Parameters
    ----------
    source : Source
    saved : SavedFeatures
        What the output has.
    output : str
        Its name, for the message.
    n_each : int
        Images of the source that are one row of the output.

    Raises
    ------
    SinkError
        The output has other images than the source, or in another order, or other labels or other columns of them.
    """
    missing, items = [], iter(source)
    expected = _rows(saved)
    row = next(expected, None)
    while images := list(islice(items, n_each)):
        if row is None or row[0] != images[0].key:
            missing += images
            continue
        found = [images[0].key, images[0].label if saved.labels else None, *images[0].metas.values()]
        if list(map(_plain, found)) != list(map(_plain, row)):
            raise _other_images(output, row, f"is {_words(found)}")
        row = next(expected, None)
    if row is not None:
        raise _other_images(output, row, "is gone, or at another place,")
    return SomeOfSource(source, missing)


def _rows(saved: SavedFeatures) -> Iterator[list]:
    """List key, label and other columns of each row."""
    labels = saved.labels or repeat(None)
    metas = zip(*saved.metas.values(), strict=True) if saved.metas else repeat(())
    return ([key, label, *others] for key, label, others in zip(saved.keys, labels, metas))  # noqa: B905 - endless ones


def _plain(value: Any) -> Any:
    """Write a value as it is in every format: some have text for numbers, and NaN or empty text for what is unknown."""
    try:
        value = float(value)
    except (TypeError, ValueError):
        return "" if value is None else str(value)
    return "" if isnan(value) else value


def _other_images(output: str, was: list, now: str) -> SinkError:
    return SinkError(
        f"{output} was made of other images: it has {_words(was)}, which {now} now. Take the same source, or say "
        "--overwrite to begin again."
    )


def _pairs(block: Block, items: Iterator[ImageItem]) -> Iterator[tuple[list, list]]:
    """Put what the source has (key, label, metas) beside what the journal has, for each image of a block."""
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


def check_same_settings(before: Mapping[str, Any], now: Mapping[str, Any], what: str) -> None:
    """Raise `SinkError` if an earlier run had other settings, and say which.

    Parameters
    ----------
    before, now : mapping
        By their names; only those of `now` matter.
    what : str
        What the earlier run did, for the message: "features.h5 was begun".
    """
    for name in now:
        if before.get(name) != now[name]:
            was, is_now = map(_tidy, difference(_said(before.get(name)), _said(now[name])))
            raise SinkError(
                f"{what} with {name.replace('_', ' ')} {was}, and this run has {is_now}. Repeat it with "
                "the same settings, or say --overwrite to begin again."
            )


def _said(value: Any) -> str:
    return "none" if value is None else str(value)


def _tidy(words: str) -> str:
    """Return words that were taken out of the text of a settings object, without its commas and its last bracket."""
    words = re.sub(r",(?= |$)", "", words)
    return words if "(" in words else words.rstrip(")")
