"""Write features in an HDF5 file."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SinkError
from ..records import Label
from .columns import plain_column, target_array
from .damage import SummedBlocks
from .hdf5_reading import FORMAT, VERSION
from .hdf5_trailer import write_trailer
from .late_error_file import LateErrorFile
from .saved_features import SavedFeatures

if TYPE_CHECKING:
    import h5py

CHUNK_BYTES = 1 << 20
"""Number of bytes of a chunk of rows in the file."""

COMPRESSIONS = ("gzip", "lzf")
"""Compressions of HDF5 files: gzip is smaller; lzf is faster, but few programs other than Python read it."""


def write_hdf5(path: Path, saved: SavedFeatures, compression: str | None = None) -> None:
    """Write a file of features.

    Parameters
    ----------
    path : Path
        The file; it is replaced if it exists.
    saved : SavedFeatures
    compression : {None, "gzip", "lzf"}

    Raises
    ------
    SinkError
        A name has a NUL character, which HDF5's text cannot hold.
    OSError
        The file cannot be written, for example because the disk is full.
    """
    try:
        # HDF5 ends the process if it can neither write nor close a file.
        with LateErrorFile(path) as output, _create(output) as file:
            blocks = SummedBlocks(_until_error(saved, output))
            _write(file, replace(saved, read_blocks=lambda: blocks), compression)
            output.raise_error()
            # All data has to be written before the file is marked as complete.
            file.flush()
            output.raise_error()
            file.attrs["complete"] = True
            chunks: list[tuple[int, int]] = []
            if file["features"].chunks:
                file["features"].id.chunk_iter(lambda chunk: chunks.append((chunk.byte_offset, chunk.size)))
        write_trailer(path, chunks, blocks.checksum)
    except ValueError as error:
        content = "a NUL character in a key, label or name" if "NULL" in str(error) else "these features"
        raise SinkError(f"{path.name}: HDF5 cannot store {content} ({error}).") from error


def _create(output: LateErrorFile) -> "h5py.File":
    """Create an HDF5 file whose metadata have checksums and no times: equal features are equal bytes."""
    import h5py
    from h5py import h5f, h5p

    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_libver_bounds(h5f.LIBVER_V110, h5f.LIBVER_V110)
    access.set_fileobj_driver(h5py.h5fd.fileobj_driver, output)
    # h5py has a switch for these times from version 3.15, which not every TensorFlow admits.
    return h5py.File(h5f.create(os.fsencode(output.name), h5f.ACC_TRUNC, _without_times(h5p.FILE_CREATE), access))


def _without_times(kind: Any) -> Any:
    import h5py

    settings = h5py.h5p.create(kind)
    settings.set_obj_track_times(False)
    return settings


def _until_error(saved: SavedFeatures, output: LateErrorFile) -> Iterator[np.ndarray]:
    for block in saved.read_blocks():
        yield block
        output.raise_error()


def _write(file: "h5py.File", saved: SavedFeatures, compression: str | None) -> None:
    _write_features(file, saved, compression)
    _write_labels(file, saved)
    if saved.keys:
        _write_text(file, "keys", saved.keys)
    _write_metas(_create_group(file, "metas"), saved)
    if saved.columns:
        _write_text(file, "columns", saved.columns)
    if saved.names:
        _write_text(file, "feature_names", saved.names)
    if saved.attributes:
        file["attributes"] = json.dumps(saved.attributes, default=str)
    if saved.origins:
        file["origins"] = json.dumps(saved.origins)
    file.attrs.update(_facts(saved))


def _facts(saved: SavedFeatures) -> dict[str, Any]:
    facts = {"format": FORMAT, "version": VERSION, "fingerprint": saved.fingerprint}
    if saved.weights:
        facts["weights"] = saved.weights
    if saved.label_name is not None:
        facts["label_name"] = saved.label_name
    if saved.image_column:
        facts["image_column"] = saved.image_column
    return facts


def _write_features(file: "h5py.File", saved: SavedFeatures, compression: str | None) -> None:
    n_images, n_features = saved.shape
    if not n_features:
        file.create_dataset("features", saved.shape, np.float32)
        return
    chunk = (max(1, min(n_images, CHUNK_BYTES // (4 * n_features))), n_features)
    packing = {"compression": compression, "shuffle": True} if compression else {}
    data = file.create_dataset(
        "features", saved.shape, np.float32, chunks=chunk, maxshape=(None, n_features), fletcher32=True, **packing
    )
    start = 0
    for block in saved.read_blocks():
        data[start : start + len(block)] = block
        start += len(block)


def _write_labels(file: "h5py.File", saved: SavedFeatures) -> None:
    if saved.label_name is None:
        return
    if saved.is_target:
        file["labels"] = target_array(saved.labels)
        return
    codes = {label: code for code, label in enumerate(saved.classes)}
    file["labels"] = np.array([-1 if label is None else codes[label] for label in saved.labels], np.int32)
    _write_column(file, "label_names", list(saved.classes))


def _create_group(file: "h5py.File", name: str) -> "h5py.Group":
    import h5py

    return h5py.Group(h5py.h5g.create(file.id, name.encode(), gcpl=_without_times(h5py.h5p.GROUP_CREATE)))


def _write_metas(group: "h5py.Group", saved: SavedFeatures) -> None:
    for position, (name, values) in enumerate(saved.metas.items()):
        # In HDF5, a slash separates groups, and a dot is the group itself.
        plain = name.replace("/", "_").strip(".")
        data = _write_column(group, plain if plain and plain not in group else f"column {position}", values)
        data.attrs["name"] = name
        data.attrs["position"] = position


def _write_column(group: "h5py.Group", name: str, values: Sequence[Label]) -> "h5py.Dataset":
    found = plain_column(values)
    if isinstance(found, list):
        return _write_text(group, name, found)
    group[name] = found
    return group[name]


def _write_text(group: "h5py.Group", name: str, values: Sequence[str]) -> "h5py.Dataset":
    import h5py

    text = np.empty(len(values), object)
    text[:] = values
    return group.create_dataset(name, data=text, dtype=h5py.string_dtype("utf-8"))
