"""Check that files of features can hold the text of a source: before the first image is embedded."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..atomic_files import check_text
from ..errors import SinkError
from ..records import Embeddings, Label

if TYPE_CHECKING:
    from ..records import Source

MAX_NAME = 10_000
"""Largest number of characters of a column's name: the archives of NPZ files hold 65,535 bytes."""

MAX_ARRAY_BYTES = 1 << 30
"""Largest size of a NumPy array of text, in which each text takes the room of the longest one."""


def check_source(source: "Source", output: str, *, as_cells: bool = False, as_arrays: bool = False) -> None:
    """Check that a file of features can hold the names, keys, labels and metas of a source; no image is read.

    Parameters
    ----------
    source : Source
    output : str
        Name of the output, for messages.
    as_cells : bool
        Whether the texts are written as cells of CSV, whose length is limited.
    as_arrays : bool
        Whether the texts are written as NumPy arrays, whose size is limited.

    Raises
    ------
    SinkError
        A text has a character that a file cannot hold, or is too long.
    """
    check_names([source.label_name, *source.meta_names, *source.columns])
    longest: dict[str, int] = {}
    n_images = 0
    for item in source:
        # An image whose path has a NUL cannot be read, and is skipped.
        is_skipped = isinstance(item.location, str) and "\0" in item.location
        values = {} if is_skipped else {"key": item.key, "label": item.label, **item.metas}
        _check_values(values, item.key, as_cells)
        n_images += 1
        if as_arrays:
            for name, value in values.items():
                longest[name] = max(longest.get(name, 0), len(value) if isinstance(value, str) else 0)
    for name, length in longest.items():
        check_array_size(n_images, length, f"{output}: the column {name[:80]}")


def check_embeddings(embeddings: Embeddings, label_name: str | None, *, as_cells: bool = False) -> None:
    """Check that a file of features can hold the texts of some features, or raise `SinkError` as `check_source`."""
    check_names([label_name, *embeddings.columns, embeddings.weights, embeddings.fingerprint])
    metas = embeddings.metas or [{}] * len(embeddings)
    names = {name: None for meta in metas for name in meta}
    check_names(names)
    for key, label, meta in zip(embeddings.keys, embeddings.labels, metas, strict=True):
        _check_values({"key": key, "label": label, **meta}, key, as_cells)


def check_names(names: Iterable[str | None]) -> None:
    """Raise `SinkError` for a name that a file cannot hold; None is no name."""
    for name in filter(None, names):
        if len(name) > MAX_NAME:
            raise SinkError(f"The name {name[:40]}... has {len(name)} characters: shorten it to {MAX_NAME} at most.")
        check_text(name, "a name")


def _check_values(values: Mapping[str, Label], key: str, as_cells: bool) -> None:
    for name, value in values.items():
        if isinstance(value, str):
            check_text(value, f"the {name[:80]} of {key[:80]!r}", as_cell=as_cells)


def check_array_size(n_texts: int, longest: int, what: str) -> None:
    """Raise `SinkError` if an array of texts would be too large."""
    n_bytes = 4 * n_texts * longest
    if n_bytes > MAX_ARRAY_BYTES:
        raise SinkError(
            f"{what} would take {n_bytes / 1e9:.1f} GB, as each of its {n_texts} texts takes the room of the longest "
            f"one, of {longest} characters: write an .h5 or .parquet file."
        )
