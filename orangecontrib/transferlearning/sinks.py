"""Where features go: a CSV file or an NPY pair, published whole or not at all."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from .errors import SinkError
from .items import Embeddings, Label, Skipped
from .publishing import CSV_FILE, PathLike, WholeFiles, saying_why


class Sink(Protocol):
    """A context manager that features are written to, batch by batch.

    Its files appear under their names when the ``with`` block ends well; otherwise nothing is left behind.
    """

    paths: tuple[Path, ...]

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: object) -> None: ...

    def write(self, embeddings: Embeddings) -> None:
        """Append some pictures' features."""


class _FeatureFiles(WholeFiles):
    def write(self, embeddings: Embeddings) -> None:
        """Append some pictures' features.

        Raises
        ------
        SinkError
            The disk is full, say.
        """
        with saying_why(self.paths[0]):
            self._write(embeddings)

    def _write(self, embeddings: Embeddings) -> None:
        raise NotImplementedError


class CsvSink(_FeatureFiles):
    """A CSV file with the header ``Class,n0,n1,...``; features have the digits that tell float32 values apart.

    Parameters
    ----------
    path : Path
    label_name : str or None
        Header of the first column; None leaves labels out.
    keys : bool
        Whether to name each picture in a column ``key``, after the label.
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
        self.keys = keys
        self._header_written = False

    def _write(self, embeddings: Embeddings) -> None:
        writer = csv.writer(self._files[0], lineterminator="\n")
        if not self._header_written:
            n_features = embeddings.features.shape[1]
            writer.writerow([*self._leading(self.label_name, "key"), *(f"n{i}" for i in range(n_features))])
            self._header_written = True
        digits = embeddings.features.astype(str)
        for key, label, row in zip(embeddings.keys, embeddings.labels, digits, strict=True):
            writer.writerow([*self._leading("" if label is None else label, key), *row])

    def _leading(self, label: Label, key: str) -> list[Label]:
        return [label] * (self.label_name is not None) + [key] * self.keys


class NpySink(_FeatureFiles):
    """Two arrays: ``<name>_data.npy``, float32 of shape (n_images, n_features), and ``<name>_labels.npy``.

    Rows go to the disk at once; labels and keys stay in memory until the end.

    Parameters
    ----------
    path : Path
        ``<name>``, with its folder.
    label_name : str or None
        None leaves the labels' file out.
    keys : bool
        Whether to name the pictures in a third array, ``<name>_keys.npy``.
    overwrite : bool
        Whether files that are there may be replaced; one of the three that is not written is then removed.
    inputs : sequence of path
        Files that are being read, which are never replaced.
    """

    def __init__(
        self,
        path: PathLike,
        label_name: str | None = "Class",
        *,
        keys: bool = False,
        overwrite: bool = False,
        inputs: Sequence[PathLike] = (),
    ):
        path = Path(path)
        written = {"data": True, "labels": label_name is not None, "keys": keys}
        names = {kind: path.with_name(f"{path.name}_{kind}.npy") for kind in written}
        kinds = [kind for kind in written if written[kind]]
        stale = tuple(names[kind] for kind in written if not written[kind])
        super().__init__(tuple(names[kind] for kind in kinds), overwrite, inputs, stale)
        self._columns: dict[str, list] = {kind: [] for kind in kinds[1:]}
        self._shape = (0, 0)

    def _write(self, embeddings: Embeddings) -> None:
        data = self._files[0]
        if not data.tell():
            self._write_header((0, embeddings.features.shape[1]))
        self._shape = (self._shape[0] + len(embeddings), embeddings.features.shape[1])
        data.write(np.ascontiguousarray(embeddings.features, np.float32).tobytes())
        for kind, values in (("labels", embeddings.labels), ("keys", embeddings.keys)):
            if kind in self._columns:
                self._columns[kind] += values

    def _write_header(self, shape: tuple[int, int]) -> None:
        # NumPy leaves room in the header for the number of rows to grow, so that it can be written again in place.
        self._files[0].seek(0)
        np.lib.format.write_array_header_1_0(self._files[0], {"descr": "<f4", "fortran_order": False, "shape": shape})

    def _finish(self) -> None:
        self._write_header(self._shape)
        for file, values in zip(self._files[1:], self._columns.values(), strict=True):
            np.save(file, _as_array(values), allow_pickle=False)


class SkippedFile(WholeFiles):
    """A CSV file of pictures that gave no features, with reasons.

    Parameters
    ----------
    path : path
    overwrite : bool
        Whether a file that is there may be replaced.
    inputs : sequence of path
        Files that are being read or written otherwise, which are never replaced.
    """

    opening = CSV_FILE

    def __init__(self, path: PathLike, *, overwrite: bool = False, inputs: Sequence[PathLike] = ()):
        super().__init__((_named(path),), overwrite, inputs)

    def write(self, skipped: Sequence[Skipped]) -> None:
        """Write all of them.

        Raises
        ------
        SinkError
            The disk is full, say.
        """
        with saying_why(self.paths[0]):
            writer = csv.writer(self._files[0], lineterminator="\n")
            writer.writerow(["key", "reason"])
            writer.writerows((each.key, each.reason) for each in skipped)


def _as_array(values: list[Label]) -> np.ndarray:
    """Numbers as numbers; text, or anything with a label missing, as text."""
    if any(value is None or isinstance(value, str) for value in values):
        return np.array(["" if value is None else str(value) for value in values], dtype=str)
    return np.array(values)


def open_sink(
    path: PathLike,
    label_name: str | None,
    *,
    keys: bool = False,
    overwrite: bool = False,
    inputs: Sequence[PathLike] = (),
) -> Sink:
    """Choose a sink by a path's ending.

    Parameters
    ----------
    path : path
        ``.csv`` for a CSV file; no ending, or ``.npy``, for an NPY pair.
    label_name : str or None
        Name of the labels; None leaves them out.
    keys : bool
        Whether to name each picture.
    overwrite : bool
        Whether files that are there may be replaced.
    inputs : sequence of path
        Files that are being read, which are never replaced.

    Returns
    -------
    Sink

    Raises
    ------
    SinkError
        An ending that nothing here writes, or an output that is there already or is being read.
    """
    path = _named(path)
    if path.suffix.lower() == ".csv":
        return CsvSink(path, label_name, keys=keys, overwrite=overwrite, inputs=inputs)
    if path.suffix.lower() in ("", ".npy"):
        return NpySink(path.with_suffix(""), label_name, keys=keys, overwrite=overwrite, inputs=inputs)
    raise SinkError(f"Nothing here writes {path.suffix} files: name a .csv file, or no ending for an NPY pair.")


def _named(path: PathLike) -> Path:
    text = os.fspath(path)
    if Path(text).name in ("", "..") or text.endswith(("/", os.sep)):
        raise SinkError(f"{text or 'Nothing'} names no file to write: give a file name.")
    return Path(text).expanduser()
