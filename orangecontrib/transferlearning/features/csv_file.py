"""Features in a CSV file, a column for each: written and read."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np

from ..atomic_files import CSV_FILE, PathLike
from ..errors import SourceError
from ..records import Embeddings, Label
from ..sources.labels import label_cells
from .saved_features import SavedFeatures, column_names, columns_of, plain_names, row_blocks, sorted_labels
from .sink import FeatureFiles

_FEATURE = re.compile(r"(?:(.+) )?n(\d+)")


class CsvSink(FeatureFiles):
    """A CSV file with the header ``Class,n0,n1,...``; features have the digits that tell float32 values apart.

    Columns of which more is known of the images come before the features.

    Parameters
    ----------
    path : Path
    label_name : str or None
        Header of the first column; None leaves labels out.
    keys : bool
        Whether to name each image in a column ``key``, after the label; with other columns it is always there.
    overwrite : bool
        Whether a file that is there may be replaced.
    inputs : sequence of path
        Files that are being read, which are never replaced.
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
        writer = csv.writer(self._files[0], lineterminator="\n")
        if self._meta_names is None:
            self._meta_names = list(columns_of(embeddings.metas, len(embeddings)))
            # Without it, nobody could tell labels from other columns.
            self._keys = self._keys or bool(self._meta_names)
            names = column_names(self.label_name, self._meta_names, embeddings.feature_names)
            writer.writerow(names if self._keys else [name for name in names if name != "key"])
        metas = embeddings.metas or [{}] * len(embeddings)
        for key, label, meta, row in zip(embeddings.keys, embeddings.labels, metas, embeddings.features, strict=True):
            values = [_cell(meta.get(name)) for name in self._meta_names]
            leading = [_cell(label)] * (self.label_name is not None) + [key] * self._keys
            # Row by row, as text takes far more memory than numbers.
            writer.writerow([*leading, *values, *row.astype(str)])


def _cell(value: Label) -> Label:
    return "" if value is None else value


def open_csv(path: Path) -> SavedFeatures:
    """Read a CSV file of features, as `CsvSink` writes them.

    The last columns, called n0, n1, ... (or left n0, left n1, ..., right n0, ...), are the features; of those before,
    ``key`` names the images; the one before it, or the only one there is, has the labels; the others are metas.
    Features stay on the disk; one that is no number is refused when it is read.

    Raises
    ------
    SourceError
        It is not such a file.
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
    """Find the column of labels; None where there is none for certain."""
    has_label = len(leading) == 1 if "key" not in leading[:2] else leading.index("key") == 1
    return leading[0] if has_label else None


def _find_features(path: Path, header: list[str]) -> tuple[int, tuple[str, ...]]:
    """Find where features begin, and the columns of images that they are of."""
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
    """Return the header of a CSV file, and its rows, each with as many cells; say what is wrong with the file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = next(rows, [])
            yield header, _whole_rows(path, rows, len(header))
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path}: the file cannot be read ({error})") from error


def _whole_rows(path: Path, rows: "csv._reader", n_columns: int) -> Iterator[list[str]]:
    for row in rows:
        if len(row) != n_columns:
            raise SourceError(f"{path}, line {rows.line_num}: expected {n_columns} cells, found {len(row)}")
        yield row


def _read_blocks(path: Path, n_leading: int, shape: tuple[int, int]) -> Iterator[np.ndarray]:
    """Read the file once more, now for its features."""
    with _open_table(path) as (_, rows):
        for place in row_blocks(shape):
            block = np.empty((place.stop - place.start, shape[1]), np.float32)
            n_read = 0
            for n_read, row in enumerate(islice(rows, len(block)), 1):
                block[n_read - 1] = _numbers(path, row[n_leading:])
            if n_read < len(block):
                raise SourceError(f"{path}: expected {shape[0]} rows, found {place.start + n_read}: it has changed")
            yield block


def _numbers(path: Path, cells: list[str]) -> np.ndarray:
    try:
        return np.array(cells, np.float32)
    except ValueError as error:
        raise SourceError(f"{path}: expected numbers in the columns of features ({error})") from error
