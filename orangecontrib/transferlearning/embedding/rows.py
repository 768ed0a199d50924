"""Compute one vector per row of several images, from a stream of single images in full batches."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ImageReadError, SettingError
from ..records import Callback, Embeddings, ImageItem, Skipped, concatenate
from ..sources.opening import as_source

if TYPE_CHECKING:
    from ..records import Source
    from ..sources.opening import Images
    from .embedder import Embedder


MAX_PARTS = 4
"""Largest number of batches per column that are collected until a batch ends with a row."""

_Outcome = tuple[ImageItem, np.ndarray | Skipped]
"""An image with its features, or the reason why it has none."""


def stream_rows(embedder: "Embedder", images: "Images", callback: Callback | None = None) -> Iterator[Embeddings]:
    """Embed a source with one vector per row: like `Embedder.stream`, but the images of a row are joined.

    Parameters
    ----------
    embedder : Embedder
    images, callback
        See `Embedder.stream`. For a source with one image per row, the result is the same.

    Yields
    ------
    Embeddings
        ``features`` of shape (n_rows, n_columns * n_features): the features of the source's `columns`, side by side.
        A row's key is that of its first image. Every row comes out once, in order; one with an image that cannot be
        read is skipped, and the reason names the column.

    Raises
    ------
    SettingError
        The features of an image are not a vector.
    """
    source = as_source(images)
    parts = embedder.stream(source, callback)
    return _joined(parts, source) if source.columns else parts


def transform_rows(embedder: "Embedder", images: "Images", callback: Callback | None = None) -> Embeddings:
    """Embed all rows at once; an image that cannot be read is an error.

    Parameters
    ----------
    embedder, images, callback
        See `stream_rows`.

    Returns
    -------
    Embeddings
        Embeddings of all rows.

    Raises
    ------
    ImageReadError
        An image cannot be read; the message names its row and column, and says why.
    """
    source = as_source(images)
    parts = []
    for part in stream_rows(embedder, source, callback):
        if part.skipped:
            raise ImageReadError(f"{part.skipped[0].key}: {part.skipped[0].reason}")
        parts.append(part)
    return concatenate(parts, embedder.n_features * (len(source.columns) or 1))


def _joined(parts: Iterator[Embeddings], source: "Source") -> Iterator[Embeddings]:
    n_columns = len(source.columns)
    items, waiting, n_parts = iter(source), [], 0
    for part in parts:
        if part.features.ndim != 2:
            shape = " x ".join(map(str, part.features.shape[1:]))
            raise SettingError(
                f"Rows of several images need one vector per image, not {shape} values: pool or flatten."
            )
        waiting += _outcomes(part, items)
        n_parts += 1
        # A run that is resumed after this part then has the same batches as one that was not interrupted.
        if len(waiting) % n_columns and n_parts < MAX_PARTS * n_columns:
            continue
        n_whole = len(waiting) // n_columns * n_columns
        if n_whole:
            rows = [waiting[start : start + n_columns] for start in range(0, n_whole, n_columns)]
            yield _row_embeddings(rows, source.columns, part)
        del waiting[:n_whole]
        n_parts = 0


def _outcomes(part: Embeddings, items: Iterator[ImageItem]) -> Iterator[_Outcome]:
    """Yield the images of a part of the stream, embedded or skipped, in the order of the source."""
    skipped = {each.key: each for each in part.skipped}
    features = iter(part.features)
    for item in islice(items, len(part) + len(skipped)):
        yield item, skipped[item.key] if item.key in skipped else next(features)


def _row_embeddings(rows: list[list[_Outcome]], columns: tuple[str, ...], part: Embeddings) -> Embeddings:
    reasons = [_reason(row, columns) for row in rows]
    good = [row for row, reason in zip(rows, reasons, strict=True) if not reason]
    width = part.features.shape[1] * len(columns)
    firsts = [row[0][0] for row in good]
    return Embeddings(
        [item.key for item in firsts],
        np.array([np.concatenate([features for _, features in row]) for row in good], np.float32).reshape(-1, width),
        [item.label for item in firsts],
        [Skipped(row[0][0].key, reason) for row, reason in zip(rows, reasons, strict=True) if reason],
        part.fingerprint,
        [item.metas for item in firsts],
        columns,
        part.weights,
    )


def _reason(row: list[_Outcome], columns: tuple[str, ...]) -> str:
    return "; ".join(
        f"{column}: {item.key}: {outcome.reason}"
        for column, (item, outcome) in zip(columns, row, strict=True)
        if isinstance(outcome, Skipped)
    )
