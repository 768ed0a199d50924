"""Write and read features in a Parquet file, with a column for each feature, by pyarrow."""

import json
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SinkError, SourceError
from ..records import Label
from .columns import plain_column, target_array
from .damage import SummedBlocks, as_damage, checked_blocks, damage_error, json_checksum
from .saved_features import SavedFeatures, classes_of, column_names, plain_names

if TYPE_CHECKING:
    import pyarrow


_FACTS = b"orange-transfer"
"""Key of the file's metadata whose JSON value describes the columns."""


_CHECKSUMS = b"orange-transfer checksums"

_KIND = "Parquet file"

GROUP_ROWS = 1000
"""Smallest number of rows of a row group."""


def check_pyarrow() -> None:
    """Raise `SinkError` if pyarrow is not installed."""
    if not find_spec("pyarrow"):
        raise SinkError("Parquet files need the package pyarrow: pip install pyarrow, or write an .h5 file.")


def write_parquet(path: Path, saved: SavedFeatures) -> None:
    """Write the columns label, ``key``, metas, ``n0``, ``n1``, ...; features are float32.

    Parameters
    ----------
    path : Path
        The file; it is replaced if it exists.
    saved : SavedFeatures
        Its features are read block by block; each block becomes a row group, and small blocks are joined.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    leading = _leading_columns(saved)
    names = column_names(saved.label_name, saved.metas, saved.feature_names)
    facts = {
        "fingerprint": saved.fingerprint,
        "weights": saved.weights,
        "label_name": saved.label_name,
        "is_target": saved.is_target,
        "columns": saved.columns,
        "metas": list(saved.metas),
    }
    types = [values.type for values in leading] + [pa.float32()] * saved.shape[1]
    schema = pa.schema(zip(names, types, strict=True)).with_metadata({_FACTS: json.dumps(facts)})
    start, blocks = 0, SummedBlocks(saved.read_blocks())
    with pq.ParquetWriter(path, schema, write_page_checksum=True) as writer:
        for block in _join_blocks(blocks):
            parts = [values.slice(start, len(block)) for values in leading]
            parts += [pa.array(np.ascontiguousarray(feature)) for feature in block.T]
            writer.write_table(pa.Table.from_arrays(parts, schema=schema))
            start += len(block)
        sums = [_checksum(names, facts, [values.to_pylist() for values in leading]), blocks.checksum]
        writer.add_key_value_metadata({_CHECKSUMS: json.dumps(sums)})


def _checksum(names: Sequence[str], facts: dict, leading: Sequence[Sequence[Label]]) -> int:
    """Return the checksum of everything but the features."""
    return json_checksum([list(names), facts, list(leading)])


def _join_blocks(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Join blocks until they have `GROUP_ROWS` rows, because each group adds metadata for every column."""
    waiting = []
    for block in blocks:
        waiting.append(block)
        if sum(map(len, waiting)) >= GROUP_ROWS:
            yield np.concatenate(waiting)
            waiting = []
    if waiting:
        yield np.concatenate(waiting)


def _leading_columns(saved: SavedFeatures) -> list["pyarrow.Array"]:
    """Return the columns before the features: label, key, metas."""
    import pyarrow as pa

    columns = []
    if saved.label_name is not None:
        labels = target_array(saved.labels) if saved.is_target else _array(saved.labels)
        columns.append(pa.array(labels, from_pandas=True))
    columns.append(pa.array(saved.keys, pa.string()))
    return columns + [pa.array(_array(values), from_pandas=True) for values in saved.metas.values()]


def _array(values: Sequence[Label]) -> np.ndarray | list[Label]:
    """Convert a column to numbers or text that pyarrow accepts; a missing value is None or NaN."""
    is_text = any(isinstance(value, str) for value in values)
    if is_text:
        return [None if value is None else str(value) for value in values]
    if all(value is None or isinstance(value, int) and abs(value) < 2**63 for value in values):
        return list(values)
    found = plain_column(values)
    return found if isinstance(found, np.ndarray) else [text or None for text in found]


def open_parquet(path: Path) -> SavedFeatures:
    """Open a file; its features are read later.

    Raises
    ------
    SourceError
        The file is damaged or not one of features, or pyarrow is not installed.
    """
    if not find_spec("pyarrow"):
        raise SourceError(f"{path}: Parquet files need the package pyarrow: pip install pyarrow")
    import pyarrow.parquet as pq

    with as_damage(path, _KIND), pq.ParquetFile(path, page_checksum_verification=True) as file:
        facts = (file.schema_arrow.metadata or {}).get(_FACTS)
        if facts is None:
            raise SourceError(f"{path}: a Parquet file, but not one of features that orange-transfer wrote")
        return _read(path, file, json.loads(facts))


def _read(path: Path, file: "pyarrow.parquet.ParquetFile", facts: dict) -> SavedFeatures:
    names = file.schema_arrow.names
    has_labels = facts["label_name"] is not None
    n_leading = has_labels + 1 + len(facts["metas"])
    columns_read = [data.to_pylist() for data in file.read(names[:n_leading]).columns]
    checksum, features = json.loads(file.metadata.metadata[_CHECKSUMS])
    n_rows = {len(values) for values in columns_read}
    if _checksum(names, facts, columns_read) != checksum or n_rows != {file.metadata.num_rows}:
        raise damage_error(path, _KIND, "columns or settings")
    leading = [_values(values) for values in columns_read]
    labels = leading[0] if has_labels else []
    n_features = len(names) - n_leading
    columns = tuple(facts["columns"])
    return SavedFeatures(
        (file.metadata.num_rows, n_features),
        lambda: checked_blocks(path, _KIND, lambda: _blocks(path, names[n_leading:]), features),
        leading[has_labels],
        labels,
        facts["label_name"],
        facts["is_target"],
        classes_of(labels, facts["is_target"]),
        dict(zip(facts["metas"], leading[has_labels + 1 :], strict=True)),
        columns,
        names[n_leading:] if names[n_leading:] != plain_names(n_features, columns) else [],
        facts["fingerprint"],
        facts.get("weights", ""),
    )


def _values(values: list[Label]) -> list[Label]:
    return [None if value == "" or value != value else value for value in values]


def _blocks(path: Path, names: list[str]) -> Iterator[np.ndarray]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for group in range(file.num_row_groups):
            data = file.read_row_group(group, columns=names)
            block = np.empty((data.num_rows, len(names)), np.float32)
            for index, feature in enumerate(data.columns):
                block[:, index] = feature.to_numpy()
            yield block
