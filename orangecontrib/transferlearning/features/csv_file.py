"""Write and read features in a CSV file, with a column for each feature."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np

from ..atomic_files import CSV_FILE, PathLike, csv_line
from ..errors import SourceError
from ..records import Embeddings, Label
from ..sources.keys import on_one_line
from ..sources.labels import cell_values
from .columns import label_cell
from .saved_features import SavedFeatures, classes_of, column_names, columns_of, plain_names, row_blocks
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
    is_target : bool
        Whether labels are numbers to predict, not classes.
    overwrite : bool
        Whether an existing file may be replaced.
    inputs : sequence of path
        Files that are being read; they are never replaced.
    escape_formulas : bool
        Whether to begin text that a spreadsheet would compute with an apostrophe; readers then read it with that.
    """

    opening = CSV_FILE
    as_cells = True

    def __init__(
        self,
        path: PathLike,
        label_name: str | None = "Class",
        *,
        keys: bool = False,
        is_target: bool = False,
        overwrite: bool = False,
        inputs: Sequence[PathLike] = (),
        escape_formulas: bool = False,
    ):
        super().__init__((Path(path),), overwrite, inputs)
        self.label_name = label_name
        self._is_target = is_target
        self._escape_formulas = escape_formulas
        self._keys = keys
        self._meta_names: list[str] | None = None

    def _write(self, embeddings: Embeddings) -> None:
        if self._meta_names is None:
            self._meta_names = list(columns_of(embeddings.metas, len(embeddings)))
            # Without keys, a reader cannot distinguish labels from metas.
            self._keys = self._keys or bool(self._meta_names)
            names = column_names(self.label_name, self._meta_names, embeddings.feature_names)
            self._write_line(names if self._keys else [name for name in names if name != "key"])
        metas = embeddings.metas or [{}] * len(embeddings)
        for key, label, meta, row in zip(embeddings.keys, embeddings.labels, metas, embeddings.features, strict=True):
            values = [_cell(meta.get(name)) for name in self._meta_names]
            leading = [label_cell(label, self._is_target)] * (self.label_name is not None) + [key] * self._keys
            # Text takes far more memory than numbers, so rows are converted one by one.
            self._write_line([*leading, *values, *row.astype(str)])

    def _write_line(self, cells: Sequence[Label]) -> None:
        self._files[0].write(csv_line(cells, escape_formulas=self._escape_formulas))


def _cell(value: Label) -> Label:
    return "" if value is None else value


def open_csv(path: Path) -> SavedFeatures:
    """Open a CSV file of features that `CsvSink` wrote; its features are read later.

    The columns n0, n1, ... (or left n0, left n1, ..., right n0, ...) are the features. Of the others, which are before
    them, or after them in files of other programs, ``key`` names the images, the one before it (or the only one) has
    the labels, and the rest are metas. The numbers of rows that pandas writes are left out. A feature that is not a
    number is an error when it is read.

    Raises
    ------
    SourceError
        The file cannot be read, or is not one of features.
    """
    with _open_table(path) as (header, rows):
        where, columns = _find_features(path, header)
        others = [row[: where.start] + row[where.stop :] for row in rows]
    shape = (len(others), where.stop - where.start)
    names = header[: where.start] + header[where.stop :]
    if repeated := [name for name, times in Counter(names).items() if times > 1]:
        raise SourceError(f"{path}: several columns are called {on_one_line(repr(repeated[0]))}: rename them")
    cells = dict(zip(names, zip(*others, strict=True), strict=False)) or {name: () for name in names}
    if names and _is_index(names, cells[names[0]]):
        del cells[names.pop(0)]
    label_name = _label_name(names)
    keys = list(cells.pop("key", ()))
    labels = cell_values(cells.pop(label_name), are_classes=True) if label_name is not None else []
    return SavedFeatures(
        shape,
        lambda: _read_blocks(path, where, shape),
        keys,
        labels,
        label_name,
        classes=classes_of(labels),
        metas={name: cell_values(values) for name, values in cells.items()},
        columns=columns,
    )


def _is_index(names: list[str], cells: Sequence[str]) -> bool:
    """Return whether the first column is the index of a pandas table, which counts the rows."""
    is_count = all(cell == str(position) for position, cell in enumerate(cells))
    return names[0] in ("", "Unnamed: 0") and "key" not in names and is_count


def _label_name(others: list[str]) -> str | None:
    """Return the name of the column of labels; None if no column certainly has labels."""
    has_label = len(others) == 1 if "key" not in others[:2] else others.index("key") == 1
    return others[0] if has_label else None


def _find_features(path: Path, header: list[str]) -> tuple[slice, tuple[str, ...]]:
    """Return the positions of the features, and the columns of images that they belong to."""
    found = [_FEATURE.fullmatch(name) for name in header]
    start = next((at for at, match in enumerate(found) if match and match[2] == "0"), len(header))
    stop = next((at for at in range(start, len(header)) if not found[at]), len(header))
    for first in range(start, stop):
        names = tuple(dict.fromkeys(match[1] for match in found[first:stop]))
        columns = () if names == (None,) else tuple(name or "" for name in names)
        # Columns after the features are not ours; more features among them would be left out.
        if header[first:stop] == plain_names(stop - first, columns) and not any(found[stop:]):
            return slice(first, stop), columns
    raise SourceError(f"{path}: expected {_advice(header)}")


def _advice(header: list[str]) -> str:
    wanted = "a header with columns of features named n0, n1, ..., side by side"
    shown = on_one_line(", ".join(cell[:30] for cell in header[:5]))
    if any(map(_is_number, header)):
        is_joined = not _is_number(header[0]) and any(map(_is_number, header[0].split()))
        joined = ", and commas instead of spaces" if is_joined else ""
        return f"{wanted}, found a first line of numbers ({shown} ...): write one before it, as Class,n0,n1,...{joined}"
    return f"{wanted}, found {shown} ...: rename the columns; one other column is the labels"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


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
        raise SourceError(f"{path}: the file cannot be read ({on_one_line(str(error))})") from error


def _full_rows(path: Path, rows: "csv._reader", n_columns: int) -> Iterator[list[str]]:
    for row in rows:
        if len(row) != n_columns:
            raise SourceError(f"{path}, line {rows.line_num}: expected {n_columns} cells, found {len(row)}")
        yield row


def _read_blocks(path: Path, where: slice, shape: tuple[int, int]) -> Iterator[np.ndarray]:
    """Read the features block by block."""
    with _open_table(path) as (_, rows):
        for block_rows in row_blocks(shape):
            block = np.empty((block_rows.stop - block_rows.start, shape[1]), np.float32)
            n_read = 0
            for n_read, row in enumerate(islice(rows, len(block)), 1):
                block[n_read - 1] = _numbers(path, row[where])
            if n_read < len(block):
                raise SourceError(
                    f"{path}: expected {shape[0]} rows, found {block_rows.start + n_read}; the file has changed"
                )
            yield block


def _numbers(path: Path, cells: list[str]) -> np.ndarray:
    try:
        return np.array(cells, np.float32)
    except ValueError as error:
        raise SourceError(f"{path}: expected numbers in the columns of features ({on_one_line(str(error))})") from error
