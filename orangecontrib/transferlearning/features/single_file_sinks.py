"""Sinks of a single file, which is written from the saved rows at the end: HDF5, NPZ, Parquet."""

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic_files import PathLike, check_output, link_target
from ..errors import SinkError
from ..part_folder import DamagedWorkError
from ..plurals import pl
from ..records import Embeddings
from .damage import SummedBlocks, checksum
from .durable_files import open_unbuffered, sync_file, write_all
from .hdf5_reading import open_hdf5
from .hdf5_writing import COMPRESSIONS, write_hdf5
from .journal import Journal
from .npz_file import open_npz, write_npz
from .parquet_file import check_pyarrow, open_parquet, write_parquet
from .resumable_sink import BUFFER_ROWS, ResumableSink
from .saved_features import SavedFeatures, check_vectors, classes_of, columns_of, n_block_rows


class SingleFileSink(ResumableSink):
    """The base class of these sinks: features go to a raw file in the journal's folder, and at the end to the output.

    While the output is written, features are on the disk twice; memory does not grow with the number of images.

    Parameters
    ----------
    path : path
    label_name : str or None
        Name of the labels; None for no labels.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    buffer_size : int
        Number of rows after which the journal is written; more if a batch ends later.
    resume : bool
        Whether to continue an earlier run; call `resume` for the images that are left.
    overwrite : bool
        Whether an existing file, or the work of an earlier run, may be replaced.
    inputs : sequence of path
        Files that are being read; they are never replaced.

    Raises
    ------
    SinkError
        The output exists already and is not resumed, is being read, was begun by an earlier run, or its folder does
        not exist.
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
        given, path = Path(path), link_target(Path(path))
        folder = path.with_name(f".{path.name}.part")
        self.is_whole = resume and not overwrite and path.is_file() and not Journal(folder).settings
        check_output(given, overwrite or self.is_whole, inputs)
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
            raise self._lost_error()
        self._file.truncate(n_rows * 4 * self._n_features)

    def _lost_error(self) -> DamagedWorkError:
        folder = self._journal.folder
        return DamagedWorkError(folder, f"Features that an earlier run wrote are no longer in {folder}")

    def _check_kept(self) -> None:
        rows = self._journal.rows()
        for _ in self._checked_blocks((len(rows.keys), self._n_features), rows.checksum):
            pass

    def _checked_blocks(self, shape: tuple[int, int], expected: int) -> Iterator[np.ndarray]:
        blocks = SummedBlocks(self._blocks(shape))
        yield from blocks
        if blocks.checksum != expected:
            raise DamagedWorkError(self._journal.folder)

    @property
    def _n_features(self) -> int:
        return self._journal.settings["shape"][0]

    def _begin(self, embeddings: Embeddings) -> None:
        check_vectors(embeddings)
        super()._begin(embeddings)

    def _save(self, embeddings: Embeddings, before: int) -> int:
        check_vectors(embeddings)
        if embeddings.features.shape[1] != self._n_features:
            n_each = embeddings.features.shape[1]
            raise SinkError(
                f"{self.paths[0]} has rows of {self._n_features} {pl(self._n_features, 'feature')}; {n_each} "
                f"{pl(n_each, 'does|do')} not fit."
            )
        write_all(self._file, np.ascontiguousarray(embeddings.features, "<f4").tobytes())
        return checksum(embeddings.features, before)

    def _sync(self) -> None:
        sync_file(self._file)

    def _close(self) -> None:
        if self._file:
            self._file.close()

    def _publish(self, settings: dict[str, Any]) -> None:
        part = self._journal.folder / f"whole{self.paths[0].suffix}"
        self._write_file(part, self._read_saved(settings))
        with part.open("rb+") as file:
            sync_file(file)
        # Another run may have written the output in the meantime.
        check_output(self.paths[0], self._overwrite)
        self._journal.publish(part, self.paths[0])

    def _read_saved(self, settings: dict[str, Any]) -> SavedFeatures:
        rows = self._journal.rows()
        labels = [] if self.label_name is None else rows.labels
        shape = (len(rows.keys), *settings.get("shape", (0,)))
        return SavedFeatures(
            shape,
            lambda: self._checked_blocks(shape, rows.checksum),
            rows.keys,
            labels,
            self.label_name,
            self._is_target,
            classes_of(labels, self._is_target),
            columns_of(rows.metas, len(rows.keys)),
            tuple(settings.get("columns", ())),
            fingerprint=settings.get("fingerprint", ""),
            weights=settings.get("weights", ""),
        )

    def _blocks(self, shape: tuple[int, int]) -> Iterator[np.ndarray]:
        # A killed run may have left more rows than the journal lists.
        left = shape[0]
        if not left:
            return
        if not self._rows.is_file():
            raise self._lost_error()
        # A memory map would make the process seem to need memory for the whole file.
        with self._rows.open("rb") as file:
            while left:
                n_rows = min(left, n_block_rows(shape[1]))
                block = np.fromfile(file, "<f4", n_rows * shape[1])
                if len(block) < n_rows * shape[1]:
                    raise self._lost_error()
                yield block.reshape(n_rows, shape[1])
                left -= n_rows

    def _write_file(self, path: Path, saved: SavedFeatures) -> None:
        raise NotImplementedError


class Hdf5Sink(SingleFileSink):
    """A sink of an HDF5 file: ``features``, ``labels``, ``label_names``, ``keys``, ``metas``; see `hdf5_writing`.

    Parameters
    ----------
    compression : {None, "gzip", "lzf"}
        Compression of the features.
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
    """A sink of an ``.npz`` file with the arrays ``features``, ``labels``, ``keys``, ...; see `npz_file`."""

    as_arrays = True

    def _write_file(self, path: Path, saved: SavedFeatures) -> None:
        write_npz(path, saved)

    def _read_output(self) -> SavedFeatures:
        return open_npz(self.paths[0])


class ParquetSink(SingleFileSink):
    """A sink of a Parquet file with a column for each feature; see `parquet_file`."""

    def __init__(self, path: PathLike, label_name: str | None = "Class", **options: Any):
        # A missing package has to be an error before the work, not at its end.
        check_pyarrow()
        super().__init__(path, label_name, **options)

    def _write_file(self, path: Path, saved: SavedFeatures) -> None:
        write_parquet(path, saved)

    def _read_output(self) -> SavedFeatures:
        return open_parquet(self.paths[0])
