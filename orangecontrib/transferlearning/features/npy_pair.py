"""Write and read features in an NPY pair: an array of features and an array of labels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..atomic_files import PathLike
from ..errors import SourceError
from ..records import Embeddings
from .columns import column_values, label_array, target_array, text_array
from .damage import as_damage
from .saved_features import SavedFeatures, classes_of, row_blocks
from .sink import FeatureFiles


class NpySink(FeatureFiles):
    """A sink of two arrays: ``<name>_data.npy``, float32 of shape (n_images, n_features), and ``<name>_labels.npy``.

    Features are written at once; labels and keys stay in memory until the end.

    Parameters
    ----------
    path : Path
        ``<name>``, with its folder.
    label_name : str or None
        None for no file of labels.
    keys : bool
        Whether to write a third array, ``<name>_keys.npy``.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    overwrite : bool
        Whether existing files may be replaced; those of the three that are not written are then removed.
    inputs : sequence of path
        Files that are being read; they are never replaced.
    """

    as_arrays = True

    def __init__(
        self,
        path: PathLike,
        label_name: str | None = "Class",
        *,
        keys: bool = False,
        is_target: bool = False,
        overwrite: bool = False,
        inputs: Sequence[PathLike] = (),
    ):
        written = {"data": True, "labels": label_name is not None, "keys": keys}
        names = _names(Path(path))
        kinds = [kind for kind in written if written[kind]]
        stale = tuple(names[kind] for kind in written if not written[kind])
        super().__init__(tuple(names[kind] for kind in kinds), overwrite, inputs, stale)
        self._columns: dict[str, list] = {kind: [] for kind in kinds[1:]}
        self._shape = (0, 0)
        self._label_array = target_array if is_target else label_array

    def _write(self, embeddings: Embeddings) -> None:
        data = self._files[0]
        if not data.tell():
            self._write_header((0, embeddings.features.shape[1]))
        self._shape = (self._shape[0] + len(embeddings), embeddings.features.shape[1])
        data.write(np.ascontiguousarray(embeddings.features, "<f4").tobytes())
        for kind, values in (("labels", embeddings.labels), ("keys", embeddings.keys)):
            if kind in self._columns:
                self._columns[kind] += values

    def _write_header(self, shape: tuple[int, int]) -> None:
        # NumPy pads the header, so that it can be written again in place with the final number of rows.
        self._files[0].seek(0)
        np.lib.format.write_array_header_1_0(self._files[0], {"descr": "<f4", "fortran_order": False, "shape": shape})

    def _finish(self) -> None:
        self._write_header(self._shape)
        arrays = {"labels": self._label_array, "keys": text_array}
        for file, (kind, values) in zip(self._files[1:], self._columns.items(), strict=True):
            np.save(file, arrays[kind](values), allow_pickle=False)


def _names(path: Path) -> dict[str, Path]:
    return {kind: path.with_name(f"{path.name}_{kind}.npy") for kind in ("data", "labels", "keys")}


def open_npy(path: Path) -> SavedFeatures:
    """Open an NPY pair, given its name or its array of features; the features are read later.

    An ``.npy`` array of another name is features without labels; maps become vectors.

    Raises
    ------
    SourceError
        There is no array of features, or the arrays do not fit together.
    """
    name = path.name.removesuffix(".npy").removesuffix("_data")
    found = {kind: _array(each) for kind, each in _names(path.with_name(name)).items() if each.exists()}
    data = found.pop("data", None)
    if data is None and path.suffix == ".npy" and path.is_file():
        data = _array(path)
        if data.dtype.kind == "f" and data.ndim > 2:
            data = data.reshape(len(data), -1)
    if data is None:
        raise SourceError(f"{path}: expected an array {name}_data.npy, found none")
    if data.ndim != 2 or data.dtype.kind != "f":
        raise SourceError(f"{path}: expected rows of float features, found {data.dtype} of shape {data.shape}")
    for kind, array in found.items():
        if array.shape[:1] != data.shape[:1]:
            raise SourceError(f"{name}_{kind}.npy: expected {len(data)} values, found shape {array.shape}")
    with as_damage(path, "array"):
        labels = column_values(found["labels"]) if "labels" in found else []
        keys = found["keys"].tolist() if "keys" in found else []
    return SavedFeatures(
        data.shape,
        lambda: (np.asarray(data[rows], np.float32) for rows in row_blocks(data.shape)),
        keys,
        labels,
        "Class" if labels else None,
        classes=classes_of(labels),
    )


def _array(path: Path) -> np.ndarray:
    with as_damage(path, "array"):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if array.size and array.offset + array.nbytes != path.stat().st_size:
            raise ValueError(f"{path.stat().st_size} bytes do not fit {array.dtype} of shape {array.shape}")
        return array
