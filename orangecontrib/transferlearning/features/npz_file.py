"""Write and read features in an ``.npz`` file, NumPy's archive of arrays, without pickles."""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from ..errors import SourceError
from .columns import column_values, label_array, target_array, text_array
from .damage import as_damage, damage_error, json_checksum
from .saved_features import SavedFeatures, classes_of, row_blocks

_META = "metas/"

_KIND = "archive"


def write_npz(path: Path, saved: SavedFeatures) -> None:
    """Write the arrays ``features``, ``labels`` and ``keys``, an array ``metas/NAME`` for each meta, and facts.

    Parameters
    ----------
    path : Path
        The file; it is replaced if it exists.
    saved : SavedFeatures
        Its features are read and written block by block.
    """
    with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
        _write(archive, "features", np.dtype("<f4"), saved.shape, saved.read_blocks())
        for name, array in _arrays(saved).items():
            _write(archive, name, array.dtype, array.shape, [array])
        archive.comment = str(_checksum(archive)).encode()


def _arrays(saved: SavedFeatures) -> dict[str, np.ndarray]:
    arrays = {"keys": text_array(saved.keys), "fingerprint": np.array(saved.fingerprint)}
    arrays["weights"] = np.array(saved.weights)
    if saved.label_name is not None:
        arrays["labels"] = target_array(saved.labels) if saved.is_target else label_array(saved.labels)
        arrays["label_name"] = np.array(saved.label_name)
        arrays["is_target"] = np.array(saved.is_target)
    if saved.columns:
        arrays["columns"] = np.array(saved.columns)
    return arrays | {_META + name: label_array(values) for name, values in saved.metas.items()}


def _write(
    archive: zipfile.ZipFile, name: str, dtype: np.dtype, shape: tuple[int, ...], blocks: Iterable[np.ndarray]
) -> None:
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": tuple(shape)}
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(np.ascontiguousarray(block, dtype).tobytes())


def _checksum(archive: zipfile.ZipFile) -> int:
    """Return the checksum of the names of the arrays, and of the checksums of their contents, which the archive has."""
    return json_checksum([[each.filename, each.file_size, each.CRC] for each in archive.infolist()])


def open_npz(path: Path) -> SavedFeatures:
    """Open a file; its features are read later.

    Raises
    ------
    SourceError
        The file is damaged, or not one of features.
    """
    with as_damage(path, _KIND):
        if not zipfile.is_zipfile(path) and path.is_file():
            raise ValueError("it is not an archive")
        with np.load(path, allow_pickle=False) as archive:
            if not {"features", "keys", "fingerprint"} <= set(archive.files):
                raise SourceError(f"{path}: expected the arrays features, keys and fingerprint, found {archive.files}")
            if archive.zip.comment != str(_checksum(archive.zip)).encode():
                raise damage_error(path, _KIND, "arrays")
            return _read(path, archive)


def _read(path: Path, archive: np.lib.npyio.NpzFile) -> SavedFeatures:
    labels = column_values(archive["labels"]) if "labels" in archive.files else []
    is_target = bool(archive["is_target"]) if labels else False
    names = [name for name in archive.files if name.startswith(_META)]
    with _open_values(path) as (_, shape, _):
        return SavedFeatures(
            shape,
            lambda: _checked_blocks(path),
            archive["keys"].tolist(),
            labels,
            str(archive["label_name"]) if "label_name" in archive.files else None,
            is_target,
            classes_of(labels, is_target),
            {name.removeprefix(_META): column_values(archive[name]) for name in names},
            tuple(archive["columns"].tolist()) if "columns" in archive.files else (),
            fingerprint=str(archive["fingerprint"]),
            weights=str(archive["weights"]) if "weights" in archive.files else "",
        )


@contextmanager
def _open_values(path: Path) -> Iterator[tuple[IO[bytes], tuple[int, int], np.dtype]]:
    """Open the features at their first value; NumPy itself would read all of them into memory."""
    with zipfile.ZipFile(path) as archive, archive.open("features.npy") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        n_bytes = archive.getinfo("features.npy").file_size - file.tell()
        if len(shape) != 2 or n_bytes != shape[0] * shape[1] * dtype.itemsize:
            raise SourceError(f"{path}: expected rows of features, found {n_bytes} bytes for {dtype} of shape {shape}")
        yield file, shape, dtype


def _checked_blocks(path: Path) -> Iterator[np.ndarray]:
    # At the end of an array, the archive compares its checksum.
    with as_damage(path, _KIND):
        yield from _blocks(path)


def _blocks(path: Path) -> Iterator[np.ndarray]:
    with _open_values(path) as (file, (n_images, n_features), dtype):
        for rows in row_blocks((n_images, n_features)):
            n_bytes = (rows.stop - rows.start) * n_features * dtype.itemsize
            yield np.frombuffer(file.read(n_bytes), dtype).reshape(-1, n_features)
