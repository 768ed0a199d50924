"""Sinks of one file that is made at the end, of rows that are safe until then: HDF5, NPZ, Parquet."""

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic_files import PathLike, check_output
from ..errors import SinkError
from ..records import Embeddings
from .durable_files import open_unbuffered, to_disk, write_all
from .hdf5_file import COMPRESSIONS, open_hdf5, write_hdf5
from .journal import Journal
from .npz_file import open_npz, write_npz
from .parquet_file import check_pyarrow, open_parquet, write_parquet
from .resumable_sink import BUFFER_ROWS, ResumableSink
from .saved_features import SavedFeatures, check_vectors, columns_of, n_block_rows, sorted_labels


class SingleFileSink(ResumableSink):
    """Base of them: features go to a plain file in the journal's folder, and from there to the output at the end.

    So they need room on the disk twice while the output is made; memory does not grow with features.

    Parameters
    ----------
    path : path
    label_name : str or None
        What the labels are called; None leaves them out.
    is_target : bool
        Whether labels are a quantity to predict rather than classes.
    buffer_size : int
        Rows that are made safe at a time; whole batches, so there may be more.
    resume : bool
        Whether to go on with what an earlier run left, which is asked of `resume`.
    overwrite : bool
        Whether a file that is there, or what an earlier run left, may be replaced.
    inputs : sequence of path
        Files that are being read, which are never replaced.

    Raises
    ------
    SinkError
        The output is there already and is not resumed, is being read, was begun by an earlier run, or its folder is not
        there.
    """

    def __init__(
        self,
        path: PathLike,
        label_name: str | None = "Class",
        *,
        is_target: bool = False,
        buffer_size: int = BUFFER_ROWS,
        resume: bool = False,
        overwrite: bool = False,
        inputs: Sequence[PathLike] = (),
    ):
        path = Path(path)
        folder = path.with_name(f".{path.name}.part")
        self.is_whole = resume and not overwrite and path.is_file() and not Journal(folder).settings
        check_output(path, overwrite or self.is_whole, inputs)
        super().__init__(
            path,
            folder,
            label_name,
            is_target=is_target,
            buffer_size=buffer_size,
            resume=resume,
            overwrite=overwrite,
        )
        self._overwrite = overwrite
        self._rows = self._journal.folder / "features.f4"
        self._file: io.RawIOBase | None = None

    def _open(self, n_rows: int) -> None:
        self._file = open_unbuffered(self._rows, "ab")
        if os.fstat(self._file.fileno()).st_size < n_rows * 4 * self._n_features:
            raise self._lost()
        self._file.truncate(n_rows * 4 * self._n_features)

    def _lost(self) -> SinkError:
        return SinkError(
            f"Features that an earlier run wrote are no longer in {self._journal.folder}: say --overwrite to begin "
            "again."
        )

    @property
    def _n_features(self) -> int:
        return self._journal.settings["shape"][0]

    def _begin(self, embeddings: Embeddings) -> None:
        check_vectors(embeddings)
        super()._begin(embeddings)

    def _save(self, embeddings: Embeddings) -> None:
        check_vectors(embeddings)
        if embeddings.features.shape[1] != self._n_features:
            raise SinkError(
                f"{self.paths[0]} has rows of {self._n_features} features; {embeddings.features.shape[1]} do not fit."
            )
        write_all(self._file, np.ascontiguousarray(embeddings.features, "<f4").tobytes())

    def _sync(self) -> None:
        to_disk(self._file)

    def _close(self) -> None:
        if self._file:
            self._file.close()

    def _publish(self, settings: dict[str, Any]) -> None:
        part = self._journal.folder / f"whole{self.paths[0].suffix}"
        self._write_file(part, self._saved(settings))
        with part.open("rb+") as file:
            to_disk(file)
        # Another run may have finished meanwhile.
        check_output(self.paths[0], self._overwrite)
        os.replace(part, self.paths[0])

    def _saved(self, settings: dict[str, Any]) -> SavedFeatures:
        keys, labels, metas = [], [], []
        for block in self._journal.blocks():
            keys += block["keys"]
            labels += block["labels"]
            metas += block["metas"] or [{}] * len(block["keys"])
        shape = (len(keys), *settings.get("shape", (0,)))
        return SavedFeatures(
            shape,
            lambda: self._blocks(shape),
            keys,
            [] if self.label_name is None else labels,
            self.label_name,
            self._is_target,
            () if self._is_target or self.label_name is None else tuple(sorted_labels(labels)),
            columns_of(metas, len(keys)),
            tuple(settings.get("columns", ())),
            fingerprint=settings.get("fingerprint", ""),
            weights=settings.get("weights", ""),
        )

    def _blocks(self, shape: tuple[int, int]) -> Iterator[np.ndarray]:
        # As many rows as the journal tells of: a run that was killed may have left more.
        left = shape[0]
        if not left:
            return
        # Not mapped into memory, where all of it would seem to be needed.
        with self._rows.open("rb") as file:
            while left:
                n_rows = min(left, n_block_rows(shape[1]))
                block = np.fromfile(file, "<f4", n_rows * shape[1])
                if len(block) < n_rows * shape[1]:
                    raise self._lost()
                yield block.reshape(n_rows, shape[1])
                left -= n_rows

    def _write_file(self, path: Path, saved: SavedFeatures) -> None:
        raise NotImplementedError


class Hdf5Sink(SingleFileSink):
    """An HDF5 file: datasets ``features``, ``labels``, ``label_names``, ``keys``, ``metas``; see `hdf5`.

    Parameters
    ----------
    compression : {None, "gzip", "lzf"}
        Of the features.
    path, label_name, **options
        As for `SingleFileSink`.
    """

    def __init__(
        self, path: PathLike, label_name: str | None = "Class", *, compression: str | None = None, **options: Any
    ):
        if compression not in (None, *COMPRESSIONS):
            raise SinkError(f"HDF5 files can be compressed by {' or '.join(COMPRESSIONS)}, not by {compression!r}.")
        super().__init__(path, label_name, **options)
        self.compression = compression

    def _write_file(self, path: Path, saved: SavedFeatures) -> None:
        write_hdf5(path, saved, self.compression)

    def _read_output(self) -> SavedFeatures:
        return open_hdf5(self.paths[0])


class NpzSink(SingleFileSink):
    """An ``.npz`` file of the arrays ``features``, ``labels``, ``keys``, ...; see `npz`."""

    def _write_file(self, path: Path, saved: SavedFeatures) -> None:
        write_npz(path, saved)

    def _read_output(self) -> SavedFeatures:
        return open_npz(self.paths[0])


class ParquetSink(SingleFileSink):
    """A Parquet file with a column for each feature; see `parquet`."""

    def __init__(self, path: PathLike, label_name: str | None = "Class", **options: Any):
        # Before the work, not at its end.
        check_pyarrow()
        super().__init__(path, label_name, **options)

    def _write_file(self, path: Path, saved: SavedFeatures) -> None:
        write_parquet(path, saved)

    def _read_output(self) -> SavedFeatures:
        return open_parquet(self.paths[0])
