"""Write and read features in an HDF5 file."""

import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SinkError, SourceError
from ..records import Label
from .columns import column_values, plain_column, target_array
from .saved_features import SavedFeatures, row_blocks

if TYPE_CHECKING:
    import h5py


class LateErrorFile(io.FileIO):
    """A file that postpones errors, for libraries that end the process if a write fails.

    After the first error, or an interrupt, it accepts all bytes and writes nothing.

    Parameters
    ----------
    path : Path
        The file; it is replaced if it exists.
    """

    def __init__(self, path: Path):
        super().__init__(os.fspath(path), "w+")
        self._error: BaseException | None = None

    def write(self, data: bytes) -> int:
        """Write all bytes, or note the first error."""
        rest = memoryview(data).cast("B")
        n_bytes = len(rest)
        try:
            while rest and not self._error:
                rest = rest[super().write(rest) :]
        except (OSError, KeyboardInterrupt) as error:
            self._error = error
        return n_bytes

    def truncate(self, size: int | None = None) -> int:
        """Set the length of the file in bytes, or note the first error."""
        try:
            return self.tell() if self._error else super().truncate(size)
        except (OSError, KeyboardInterrupt) as error:
            self._error = error
            return 0

    def raise_error(self) -> None:
        """Raise the first error, if there was one."""
        if self._error:
            raise self._error

    def __exit__(self, *error: object) -> None:
        self.close()
        # The first error is the cause of any error that the library raises.
        self.raise_error()


FORMAT = "orange-transfer features"
"""Value of the attribute ``format`` of a file of features."""

VERSION = 1
"""Version of the layout; files of newer versions are not read."""

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
    import h5py

    try:
        # HDF5 ends the process if it can neither write nor close a file.
        with LateErrorFile(path) as output, h5py.File(output, "w") as file:
            _write(file, replace(saved, read_blocks=lambda: _until_error(saved, output)), compression)
            # All data has to be written before the file is marked as complete.
            file.flush()
            output.raise_error()
            file.attrs["complete"] = True
    except ValueError as error:
        content = "a NUL character in a key, label or name" if "NULL" in str(error) else "these features"
        raise SinkError(f"{path.name}: HDF5 cannot store {content} ({error}).") from error


def _until_error(saved: SavedFeatures, output: LateErrorFile) -> Iterator[np.ndarray]:
    for block in saved.read_blocks():
        yield block
        output.raise_error()


def _write(file: "h5py.File", saved: SavedFeatures, compression: str | None) -> None:
    _write_features(file, saved, compression)
    _write_labels(file, saved)
    if saved.keys:
        _write_text(file, "keys", saved.keys)
    _write_metas(file.create_group("metas"), saved)
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
    if saved.columns:
        facts["columns"] = list(saved.columns)
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
        "features", saved.shape, np.float32, chunks=chunk, maxshape=(None, n_features), **packing
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


def open_hdf5(path: Path) -> SavedFeatures:
    """Open a file; its features are read later.

    Raises
    ------
    SourceError
        The file is damaged, not complete, not one of features, or of a newer version.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            _check_layout(path, file)
            return _read(path, file)
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except (OSError, KeyError, RuntimeError) as error:
        raise SourceError(f"{path}: the HDF5 file cannot be read; it is damaged or incomplete ({error})") from error


def is_features_file(path: Path) -> bool:
    """Return whether a file is an HDF5 file of features, complete or not."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return file.attrs.get("format") == FORMAT
    except OSError:
        return False


def _check_layout(path: Path, file: "h5py.File") -> None:
    if file.attrs.get("format") != FORMAT:
        raise SourceError(
            f"{path}: an HDF5 file, but not one of features: expected the attribute format={FORMAT!r}, found "
            f"{', '.join(file) or 'nothing in it'}"
        )
    if file.attrs["version"] > VERSION:
        raise SourceError(
            f"{path}: its layout is version {file.attrs['version']}, and this program reads up to {VERSION}; update "
            "Orange3-TransferLearning"
        )
    if not file.attrs.get("complete", False):
        raise SourceError(f"{path}: the file is not complete; write it again")


def _read(path: Path, file: "h5py.File") -> SavedFeatures:
    shape = file["features"].shape
    labels, classes = _read_labels(file)
    metas = sorted(file["metas"].values(), key=lambda data: data.attrs["position"])
    return SavedFeatures(
        shape,
        lambda: _blocks(path, shape),
        _text(file["keys"]) if "keys" in file else [],
        labels,
        file.attrs.get("label_name"),
        "labels" in file and "label_names" not in file,
        tuple(classes),
        {data.attrs["name"]: _column(data) for data in metas},
        tuple(file.attrs.get("columns", ())),
        _text(file["feature_names"]) if "feature_names" in file else [],
        file.attrs["fingerprint"],
        file.attrs.get("weights", ""),
        _json(file, "attributes"),
        file.attrs.get("image_column", ""),
        {name: tuple(origin) for name, origin in _json(file, "origins").items()},
    )


def _json(file: "h5py.File", name: str) -> dict[str, Any]:
    return json.loads(file[name].asstr()[()]) if name in file else {}


def _read_labels(file: "h5py.File") -> tuple[list[Label], list[Label]]:
    if "labels" not in file:
        return [], []
    if "label_names" not in file:
        return _column(file["labels"]), []
    classes = _column(file["label_names"])
    return [classes[code] if code >= 0 else None for code in file["labels"][:].tolist()], classes


def _column(data: "h5py.Dataset") -> list[Label]:
    return [text or None for text in _text(data)] if data.dtype.kind == "O" else column_values(data[:])


def _text(data: "h5py.Dataset") -> list[str]:
    return data.asstr()[:].tolist()


def _blocks(path: Path, shape: tuple[int, int]) -> Iterator[np.ndarray]:
    import h5py

    with h5py.File(path, "r") as file:
        for rows in row_blocks(shape):
            yield file["features"][rows]
