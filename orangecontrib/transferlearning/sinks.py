"""Where features go: chooses what writes an output by its name."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from .arrayfolder import ArrayFolder
from .csvfeatures import CsvSink
from .errors import SinkError
from .items import Embeddings, Skipped
from .journalled import BUFFER_ROWS
from .npyfeatures import NpySink
from .publishing import CSV_FILE, PathLike, WholeFiles, saying_why
from .singlefiles import Hdf5Sink, NpzSink, ParquetSink


class Sink(Protocol):
    """A context manager that features are written to, batch by batch.

    Its files appear under their names when the ``with`` block ends well; otherwise nothing is left behind, or what
    a later run goes on with.

    Attributes
    ----------
    paths : tuple of Path
        The files that appear, or the folder.
    resumable : bool
        Whether a later run can go on where this one stops: then it is a `JournalledSink`.
    joins_rows : bool
        Whether the pictures of a row, where a source has several, are to come as one vector, as `stream_rows` gives it.
    """

    paths: tuple[Path, ...]
    resumable: bool
    joins_rows: bool

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: object) -> None: ...

    def write(self, embeddings: Embeddings) -> None:
        """Append some pictures' features."""


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


_RESUMABLE = {".h5": Hdf5Sink, ".hdf5": Hdf5Sink, ".npz": NpzSink, ".parquet": ParquetSink}


def open_sink(
    path: PathLike,
    label_name: str | None,
    *,
    keys: bool = False,
    is_target: bool = False,
    buffer_size: int | None = None,
    compression: str | None = None,
    resume: bool = False,
    overwrite: bool = False,
    inputs: Sequence[PathLike] = (),
) -> Sink:
    """Choose a sink by a path's ending.

    Parameters
    ----------
    path : path
        ``.h5`` or ``.hdf5``, ``.npz``, ``.parquet``, ``.csv``; a folder that is there, or a slash at the end, for one
        array file a picture; else no ending, or ``.npy``, for an NPY pair.
    label_name : str or None
        Name of the labels; None leaves them out.
    keys : bool
        Whether to name each picture in a CSV file without other columns, or beside an NPY pair; the others always do.
    is_target : bool
        Whether labels are a quantity to predict rather than classes.
    buffer_size : int, optional
        Rows that a sink that can be resumed makes safe at a time; 1000 if not given.
    compression : {None, "gzip", "lzf"}
        Of an HDF5 file.
    resume : bool
        Whether to go on with what an earlier run left, if it left anything.
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
        An ending that nothing here writes, an output that is there already or is being read, or an option that does
        not fit it.
    """
    common = {"overwrite": overwrite, "inputs": inputs}
    safe = {"is_target": is_target, "buffer_size": buffer_size or BUFFER_ROWS, "resume": resume}
    is_folder = _names_folder(path)
    path = Path(path).expanduser() if is_folder else _named(path)
    ending = "" if is_folder else path.suffix.lower()
    if compression and _RESUMABLE.get(ending) is not Hdf5Sink:
        raise SinkError(f"{path} cannot be compressed: name an .h5 file, or leave --compression out.")
    if is_folder:
        return ArrayFolder(path, label_name, **safe, **common)
    if ending in _RESUMABLE:
        packing = {"compression": compression} if compression else {}
        return _RESUMABLE[ending](path, label_name, **safe, **packing, **common)
    if resume or buffer_size:
        raise SinkError(
            f"{path} is written whole or not at all: leave {'--resume' if resume else '--buffer-size'} out (the cache "
            "makes the second run "
            "fast), or write an .h5, .npz or .parquet file, or a folder."
        )
    if ending == ".csv":
        return CsvSink(path, label_name, keys=keys, **common)
    if ending in ("", ".npy"):
        return NpySink(path.with_suffix(""), label_name, keys=keys, is_target=is_target, **common)
    raise SinkError(
        f"Nothing here writes {ending} files: name an .h5, .npz, .parquet or .csv file, no ending for an NPY pair, "
        "or a folder, with a slash at its end."
    )


def _names_folder(path: PathLike) -> bool:
    text = os.fspath(path)
    if text.endswith(("/", os.sep)):
        return True
    # A folder of such a name is a mistake.
    return Path(text).suffix.lower() not in (*_RESUMABLE, ".csv", ".npy") and text != "" and os.path.isdir(text)


def _named(path: PathLike) -> Path:
    text = os.fspath(path)
    if Path(text).name in ("", "..") or text.endswith(("/", os.sep)):
        raise SinkError(f"{text or 'Nothing'} names no file to write: give a file name.")
    return Path(text).expanduser()
