"""Read features from an HDF5 file: one of ours, or one with the plain layout of other scripts."""

import json
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SourceError
from ..records import Label
from ..sources.keys import names_in_words
from .columns import column_values
from .damage import as_damage, checked_blocks, damage_error
from .hdf5_trailer import read_trailer
from .saved_features import SavedFeatures, classes_of, row_blocks

if TYPE_CHECKING:
    import h5py

FORMAT = "orange-transfer features"
"""Value of the attribute ``format`` of a file of features."""

VERSION = 1
"""Version of the layout; files of newer versions are not read."""

_KIND = "HDF5 file"


def open_hdf5(path: Path) -> SavedFeatures:
    """Open a file; its features are read later.

    Raises
    ------
    SourceError
        The file is damaged, not complete, not one of features, or of a newer version.
    """
    import h5py

    with as_damage(path, _KIND):
        features = read_trailer(path, _KIND)
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != FORMAT:
                return _read_plain(path, file)
            _check_layout(path, file)
            if features is None:
                raise damage_error(path, _KIND, "checksums")
            return _read(path, file, features)


def is_features_file(path: Path) -> bool:
    """Return whether a file is an HDF5 file of features, complete or not."""
    import h5py

    try:
        if read_trailer(path, _KIND) is not None:
            return True
        with h5py.File(path, "r") as file:
            return file.attrs.get("format") == FORMAT
    except SourceError:
        return True
    except OSError:
        return False


def _check_layout(path: Path, file: "h5py.File") -> None:
    if file.attrs["version"] > VERSION:
        raise SourceError(
            f"{path}: its layout is version {file.attrs['version']}, and this program reads up to {VERSION}; update "
            "Orange3-TransferLearning"
        )
    if not file.attrs.get("complete", False):
        raise SourceError(f"{path}: the file is not complete; write it again")


def _read(path: Path, file: "h5py.File", features: int) -> SavedFeatures:
    shape = file["features"].shape
    labels, classes = _read_labels(file)
    metas = sorted(file["metas"].values(), key=lambda data: data.attrs["position"])
    return SavedFeatures(
        shape,
        lambda: checked_blocks(path, _KIND, lambda: _blocks(path, shape), features),
        _text(file["keys"]) if "keys" in file else [],
        labels,
        file.attrs.get("label_name"),
        "labels" in file and "label_names" not in file,
        tuple(classes),
        {data.attrs["name"]: _column(data) for data in metas},
        tuple(_text(file["columns"])) if "columns" in file else (),
        _text(file["feature_names"]) if "feature_names" in file else [],
        file.attrs["fingerprint"],
        file.attrs.get("weights", ""),
        _json(file, "attributes"),
        file.attrs.get("image_column", ""),
        {name: tuple(origin) for name, origin in _json(file, "origins").items()},
    )


def _read_plain(path: Path, file: "h5py.File") -> SavedFeatures:
    """Read the layout of other scripts: ``features``, ``labels`` and ``label_names``; maps become vectors."""
    data, labels, classes = (file.get(name) for name in ("features", "labels", "label_names"))
    is_plain = hasattr(data, "dtype") and data.dtype.kind == "f" and data.ndim > 1
    if not is_plain or any(name not in ("features", "labels", "label_names") for name in file):
        found = names_in_words(f"{name} {getattr(each, 'shape', '')}".strip() for name, each in file.items())
        raise SourceError(
            f"{path}: an HDF5 file, but not one of features: expected one that embed wrote, or the datasets features "
            f"(float, a row for each image), labels and label_names, found {found or 'nothing in it'}"
        )
    if labels is not None and labels.shape != data.shape[:1]:
        raise SourceError(f"{path}: expected {len(data)} labels, one for each row of features, found {labels.shape}")
    values = [] if labels is None else _column(labels)
    if classes is not None:
        names = _column(classes)
        values = [names[int(value)] if value is not None and 0 <= value < len(names) else None for value in values]
    shape = (len(data), prod(data.shape[1:]))
    return SavedFeatures(
        shape,
        lambda: (block.reshape(len(block), -1).astype(np.float32) for block in _blocks(path, shape)),
        labels=values,
        label_name="Class" if values else None,
        classes=classes_of(values),
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
