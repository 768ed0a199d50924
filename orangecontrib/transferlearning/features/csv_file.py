"""Write and read features in a CSV file, with a column for each feature."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np

from ..atomic_files import CSV_FILE, PathLike, csv_line
from ..errors import SourceError
from ..records import Embeddings, Label
from ..sources.labels import label_cells
from .saved_features import SavedFeatures, column_names, columns_of, plain_names, row_blocks, sorted_labels
from .sink import FeatureFiles

_FEATURE = re.compile(r"(?:(.+) )?n(\d+)")


class CsvSink(FeatureFiles):
    """A sink of a CSV file with the header ``Class,n0,n1,...``; features have all digits of float32.

    Columns of keys and metas come before the features.

    Parameters
    ----------
    path : Path
    label_name : str or None
        Header of the first column; None for no labels.
    keys : bool
        Whether to write a column ``key`` after the label; it is always written if there are metas.
    overwrite : bool
        Whether an existing file may be replaced.
    inputs : sequence of path
        Files that are being read; they are never replaced.
    """

    opening = CSV_FILE

    def __init__(
        self,
        path: PathLike,
        label_name: str | None = "Class",
        *,
        keys: bool = False,
        overwrite: bool = False,
        inputs: Sequence[PathLike] = (),
    ):
        super().__init__((Path(path),), overwrite, inputs)
        self.label_name = label_name
        self._keys = keys
        self._meta_names: list[str] | None = None

    def _write(self, embeddings: Embeddings) -> None:
        file = self._files[0]
        if self._meta_names is None:
            self._meta_names = list(columns_of(embeddings.metas, len(embeddings)))
            # Without keys, a reader cannot distinguish labels from metas.
            self._keys = self._keys or bool(self._meta_names)
            names = column_names(self.label_name, self._meta_names, embeddings.feature_names)
            file.write(csv_line(names if self._keys else [name for name in names if name != "key"]))
        metas = embeddings.metas or [{}] * len(embeddings)
        for key, label, meta, row in zip(embeddings.keys, embeddings.labels, metas, embeddings.features, strict=True):
            values = [_cell(meta.get(name)) for name in self._meta_names]
            leading = [_cell(label)] * (self.label_name is not None) + [key] * self._keys
            # Text takes far more memory than numbers, so rows are converted one by one.
            file.write(csv_line([*leading, *values, *row.astype(str)]))


def _cell(value: Label) -> Label:
    return "" if value is None else value


def open_csv(path: Path) -> SavedFeatures:
    """Open a CSV file of features that `CsvSink` wrote; its features are read later.

    The last columns, n0, n1, ... (or left n0, left n1, ..., right n0, ...), are the features. Of those before them,
    ``key`` names the images, the one before it (or the only one) has the labels, and the others are metas. A feature
    that is not a number is an error when it is read.

    Raises
    ------
    SourceError
        The file cannot be read, or is not one of features.
    """
    with _open_table(path) as (header, rows):
        n_leading, columns = _find_features(path, header)
        leading = [row[:n_leading] for row in rows]
    shape = (len(leading), len(header) - n_leading)
    cells = dict(zip(header, zip(*leading, strict=True), strict=False)) or {name: () for name in header[:n_leading]}
    label_name = _label_name(header[:n_leading])
    keys = list(cells.pop("key", ()))
    labels = label_cells(cells.pop(label_name)) if label_name is not None else []
    return SavedFeatures(
        shape,
        lambda: _read_blocks(path, n_leading, shape),
        keys,
        labels,
        label_name,
        classes=tuple(sorted_labels(labels)),
        metas={name: label_cells(values) for name, values in cells.items()},
        columns=columns,
    )


def _label_name(leading: list[str]) -> str | None:
    """Return the name of the column of labels; None if no column certainly has labels."""
    has_label = len(leading) == 1 if "key" not in leading[:2] else leading.index("key") == 1
    return leading[0] if has_label else None


def _find_features(path: Path, header: list[str]) -> tuple[int, tuple[str, ...]]:
    """Return the index of the first feature, and the columns of images that the features belong to."""
    found = [_FEATURE.fullmatch(name) for name in header]
    for start in range(len(header)):
        if all(found[start:]) and found[start][2] == "0":
            names = tuple(dict.fromkeys(match[1] for match in found[start:]))
            columns = () if names == (None,) else tuple(name or "" for name in names)
            if header[start:] == plain_names(len(header) - start, columns):
                return start, columns
    shown = ", ".join(header[:5])
    raise SourceError(f"{path}: expected columns n0, n1, ... at the end of the header, found {shown} ...")


@contextmanager
def _open_table(path: Path) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
    """Yield the header of a CSV file and an iterator over its rows, which checks their length."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = next(rows, [])
            yield header, _full_rows(path, rows, len(header))
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path}: the file cannot be read ({error})") from error


def _full_rows(path: Path, rows: "csv._reader", n_columns: int) -> Iterator[list[str]]:
    for row in rows:
        if len(row) != n_columns:
            raise SourceError(f"{path}, line {rows.line_num}: expected {n_columns} cells, found {len(row)}")
        yield row


def _read_blocks(path: Path, n_leading: int, shape: tuple[int, int]) -> Iterator[np.ndarray]:
    """Read the features block by block."""
    with _open_table(path) as (_, rows):
        for block_rows in row_blocks(shape):
            block = np.empty((block_rows.stop - block_rows.start, shape[1]), np.float32)
            n_read = 0
            for n_read, row in enumerate(islice(rows, len(block)), 1):
                block[n_read - 1] = _numbers(path, row[n_leading:])
            if n_read < len(block):
                raise SourceError(
                    f"{path}: expected {shape[0]} rows, found {block_rows.start + n_read}; the file has changed"
                )
            yield block


def _numbers(path: Path, cells: list[str]) -> np.ndarray:
    try:
        return np.array(cells, np.float32)
    except ValueError as error:
        raise SourceError(f"{path}: expected numbers in the columns of features ({error})") from error
