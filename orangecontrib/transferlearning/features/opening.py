"""Open files of features by their endings, to write or to read them."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ..atomic_files import PathLike, file_path
from ..errors import SinkError, SourceError
from ..records import Embeddings
from .array_folder import ArrayFolder
from .array_folder_reading import open_folder
from .csv_file import CsvSink, open_csv
from .hdf5_reading import open_hdf5
from .npy_pair import NpySink, open_npy
from .npz_file import open_npz
from .parquet_file import open_parquet
from .resumable_sink import BUFFER_ROWS
from .saved_features import SavedFeatures
from .single_file_sinks import Hdf5Sink, NpzSink, ParquetSink
from .sink import Sink

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
    escape_formulas: bool = False,
) -> Sink:
    """Return the sink for a path, chosen by its ending.

    Parameters
    ----------
    path : path
        ``.h5`` or ``.hdf5``, ``.npz``, ``.parquet``, ``.csv``; an existing folder, or a slash at the end, for one array
        file per image; otherwise no ending, or ``.npy``, for an NPY pair.
    label_name : str or None
        Name of the labels; None for no labels.
    keys : bool
        Whether to write keys to a CSV file without metas, or beside an NPY pair; other formats always have keys.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    buffer_size : int, optional
        Number of rows after which a resumable sink writes its journal; 1000 by default.
    compression : {None, "gzip", "lzf"}
        Compression of an HDF5 file.
    resume : bool
        Whether to continue an earlier run, if there was one.
    overwrite : bool
        Whether existing files may be replaced.
    inputs : sequence of path
        Files that are being read; they are never replaced.
    escape_formulas : bool
        Whether to begin text in a CSV file that a spreadsheet would compute with an apostrophe.

    Returns
    -------
    Sink

    Raises
    ------
    SinkError
        The ending is not supported, the output exists already or is being read, or an option does not fit the format.
    """
    common = {"overwrite": overwrite, "inputs": inputs}
    resumable = {"is_target": is_target, "buffer_size": buffer_size or BUFFER_ROWS, "resume": resume}
    is_folder = _names_folder(path)
    path = Path(path).expanduser() if is_folder else file_path(path)
    ending = "" if is_folder else path.suffix.lower()
    if compression and _RESUMABLE.get(ending) is not Hdf5Sink:
        raise SinkError(f"{path} cannot be compressed: name an .h5 file, or leave --compression out.")
    if is_folder:
        return ArrayFolder(path, label_name, **resumable, **common)
    if ending in _RESUMABLE:
        packing = {"compression": compression} if compression else {}
        return _RESUMABLE[ending](path, label_name, **resumable, **packing, **common)
    if resume or buffer_size:
        raise SinkError(
            f"{path} is written whole or not at all: leave {'--resume' if resume else '--buffer-size'} out (the cache "
            "makes a second run fast), or write an .h5, .npz or .parquet file, or a folder."
        )
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise SinkError(f"{path} is a device or a pipe, which is never replaced: name a file.")
    if ending == ".csv":
        return CsvSink(path, label_name, keys=keys, is_target=is_target, escape_formulas=escape_formulas, **common)
    if ending in ("", ".npy"):
        return NpySink(path.with_suffix(""), label_name, keys=keys, is_target=is_target, **common)
    raise SinkError(
        f"Files with the ending {ending} cannot be written: name an .h5, .npz, .parquet or .csv file, no ending for an "
        "NPY pair, or a folder, with a slash at its end."
    )


def _names_folder(path: PathLike) -> bool:
    text = os.fspath(path)
    if text.endswith(("/", os.sep)):
        return True
    # An existing folder named like a file, for example f.csv, is probably a mistake.
    is_folder = text != "" and Path(text).expanduser().is_dir()
    return is_folder and Path(text).suffix.lower() not in (*_RESUMABLE, ".csv", ".npy")


_FORMATS: dict[str, Callable[[Path], SavedFeatures]] = {
    ".csv": open_csv,
    ".h5": open_hdf5,
    ".hdf5": open_hdf5,
    ".npz": open_npz,
    ".parquet": open_parquet,
    ".npy": open_npy,
    "": open_npy,
}


def open_features(path: str | os.PathLike) -> SavedFeatures:
    """Open a file of features, by its ending; its features are read later.

    Parameters
    ----------
    path : path
        ``.h5`` or ``.hdf5``, ``.npz``, ``.parquet``, ``.csv``; an NPY pair by its name, or its ``_data.npy``;
        a folder of arrays, whose maps become vectors.

    Returns
    -------
    SavedFeatures

    Raises
    ------
    SourceError
        The file does not exist, is damaged or not complete, or is not one of features.
    """
    path = Path(path).expanduser()
    ending = path.suffix.lower()
    if path.is_dir():
        return open_folder(path)
    if ending not in _FORMATS:
        raise SourceError(
            f"{path}: expected features in an .h5, .npz, .parquet or .csv file, an NPY pair, or a folder of arrays"
        )
    return _FORMATS[ending](path)


def read_features(path: str | os.PathLike) -> Embeddings:
    """Read a file of features into memory.

    Parameters
    ----------
    path : path
        As for `open_features`.

    Returns
    -------
    Embeddings
        ``features`` of shape (n_images, n_features), float32.

    Raises
    ------
    SourceError
        As for `open_features`.
    """
    return open_features(path).to_embeddings()
