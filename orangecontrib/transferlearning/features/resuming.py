"""Check that the output of an earlier run fits this run, and find the images that are left."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, islice, repeat
from math import isnan
from typing import TYPE_CHECKING, Any

from ..embedding.fingerprint import difference
from ..errors import SinkError
from ..records import ImageItem
from ..sources.combined import SourceSubset
from ..sources.keys import names_in_words, shortened
from .journal import Block
from .saved_features import SavedFeatures

if TYPE_CHECKING:
    from ..records import Source


def skip_done(source: "Source", blocks: Iterable[Block], output: str, n_per_row: int = 1) -> SourceSubset:
    """Return the source without the images that are in the journal.

    Parameters
    ----------
    source : Source
    blocks : iterable of Block
        Blocks of the journal.
    output : str
        Name of the output, for messages.
    n_per_row : int
        Number of images of the source per row of the journal.

    Raises
    ------
    SinkError
        The source does not begin with the images of the journal, with the same labels and other columns.
    """
    items, n_rows = islice(source, 0, None, n_per_row), 0
    for block in blocks:
        for found, expected in _pairs(block, items):
            n_rows += 1
            if found != expected:
                now = f"is {_describe(found)} now" if found else "is missing now"
                raise SinkError(
                    f"{output} was begun with other images: number {n_rows} was {_describe(expected)}, and {now}. Use "
                    "the same source, or say --overwrite to begin again."
                )
    return SourceSubset(source, range(n_rows * n_per_row, len(source)))


def select_missing(source: "Source", saved: SavedFeatures, output: str, n_per_row: int = 1) -> SourceSubset:
    """Return the images that a complete output lacks, for example because they could not be read.

    Parameters
    ----------
    source : Source
    saved : SavedFeatures
        Content of the output.
    output : str
        Name of the output, for messages.
    n_per_row : int
        Number of images of the source per row of the output.

    Raises
    ------
    SinkError
        The output has images that the source does not have, or other labels or metas, or another order.
    """
    missing, items = [], iter(source)
    expected = _rows(saved)
    row = next(expected, None)
    for start in count(0, n_per_row):
        images = list(islice(items, n_per_row))
        if not images:
            break
        if row is None or row[0] != images[0].key:
            missing += range(start, start + len(images))
            continue
        found = [images[0].key, images[0].label if saved.labels else None, *images[0].metas.values()]
        if list(map(_comparable, found)) != list(map(_comparable, row)):
            raise _other_images_error(output, row, f"is {_describe(found)}")
        row = next(expected, None)
    if row is not None:
        raise _other_images_error(output, row, "is missing or at another position")
    return SourceSubset(source, missing)


def _rows(saved: SavedFeatures) -> Iterator[list]:
    """Return an iterator over key, label and metas of each row."""
    labels = saved.labels or repeat(None)
    metas = zip(*saved.metas.values(), strict=True) if saved.metas else repeat(())
    return ([key, label, *others] for key, label, others in zip(saved.keys, labels, metas))  # noqa: B905 - endless ones


def _comparable(value: Any) -> Any:
    """Convert a value to the same form in every format: numbers to float, missing values to empty text."""
    try:
        value = float(value)
    except (TypeError, ValueError):
        return "" if value is None else str(value)
    return "" if isnan(value) else value


def _other_images_error(output: str, was: list, now: str) -> SinkError:
    return SinkError(
        f"{output} was made of other images: it has {_describe(was)}, which {now} now. Use the same source, or say "
        "--overwrite to begin again."
    )


def _pairs(block: Block, items: Iterator[ImageItem]) -> Iterator[tuple[list, list]]:
    """Yield key, label and metas of each image of a block, as in the source and as in the journal."""
    embedded = iter(zip(block["keys"], block["labels"], block["metas"] or repeat({})))  # noqa: B905 - one is endless
    skipped = {key: [key, "skipped"] for key, _ in block["skipped"]}
    for _ in range(len(block["keys"]) + len(skipped)):
        item = next(items, None)
        key = None if item is None else item.key
        found = [] if item is None else [key, item.label, dict(item.metas)]
        if key in skipped:
            yield skipped[key], skipped.pop(key)
        else:
            yield found, list(next(embedded, None) or next(iter(skipped.values())))


def _describe(values: list) -> str:
    return names_in_words(str(value) for value in values if value not in (None, {}))


def check_same_settings(before: Mapping[str, Any], now: Mapping[str, Any], what: str) -> None:
    """Check that an earlier run had the same settings, or raise `SinkError` that names the first difference.

    Parameters
    ----------
    before, now : mapping
        Settings by name; only those in `now` are compared.
    what : str
        Beginning of the message: "features.h5 was begun".
    """
    for name in now:
        if before.get(name) != now[name]:
            was, is_now = map(_strip_syntax, difference(_to_text(before.get(name)), _to_text(now[name])))
            was, is_now = shortened(was, 1000), shortened(is_now, 1000)
            title = "" if name == "fingerprint" else f"{name.replace('_', ' ')} "
            raise SinkError(
                f"{what} with {title}{was}, and this run has {is_now}. Repeat it with the same settings, or say "
                "--overwrite to begin again."
            )


def _to_text(value: Any) -> str:
    return "none" if value is None else str(value)


def _strip_syntax(words: str) -> str:
    """Remove the commas and the last bracket from a part of the text of a settings object."""
    words = re.sub(r",(?= |$)", "", words)
    return words if "(" in words else words.rstrip(")")
