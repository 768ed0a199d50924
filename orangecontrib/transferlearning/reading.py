"""Reads files of features again, whatever their format."""

import os
from collections.abc import Callable
from pathlib import Path

from .csvfeatures import open_csv
from .errors import SourceError
from .folderfeatures import open_folder
from .hdf5 import open_hdf5
from .items import Embeddings
from .npyfeatures import open_npy
from .npz import open_npz
from .parquet import open_parquet
from .saved import SavedFeatures

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
    """Open a file of features by its ending; the features themselves are read when they are asked for.

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
        There is no such file, it is damaged or not complete, or it is not one of features.
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
