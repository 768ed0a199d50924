"""Read a folder with one array file per image."""

import csv
import json
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SourceError
from ..records import Label
from ..sources.keys import names_in_words
from ..sources.labels import cell_values, target_number
from .damage import DAMAGE_ERRORS, checksum, damage_error, json_checksum
from .saved_features import SavedFeatures, classes_of, row_blocks

INDEX = "index.csv"
"""Name of the file that lists the arrays: key, file, label and metas of each image."""

FACTS = "features.json"
"""Name of the file with the fingerprint of the features."""

_MAPS, _VECTORS = " pooling=none ", " pooling=flatten "
"""Parts of the fingerprints of maps, and of the vectors that they are flattened to."""


def open_folder(path: Path) -> SavedFeatures:
    """Open a folder that `ArrayFolder` wrote; its arrays are read later.

    Maps become vectors, as by pooling "flatten", and so does their fingerprint.

    Raises
    ------
    SourceError
        The folder is not complete, or not one of features; when features are read: an array is missing, damaged, or of
        another shape than the first one.
    """
    facts = read_facts(path)
    header, rows = _read_index(path)
    if checksum((path / INDEX).read_bytes()) != facts["checksums"]["index"]:
        raise damage_error(path / INDEX, "list of images", "cells")
    label_name = facts["label_name"]
    n_leading = 2 if label_name is None else 3
    columns = [list(cells) for cells in zip(*rows, strict=True)] or [[] for _ in header]
    labels: list[Label] = []
    if label_name is not None:
        labels = (
            list(map(target_number, columns[2])) if facts["is_target"] else cell_values(columns[2], are_classes=True)
        )
    files = [path / name for name in columns[1]]
    shape = _load(files[0]).shape if files else (0,)
    arrays = facts["checksums"]["arrays"]
    fingerprint = facts["fingerprint"]
    return SavedFeatures(
        (len(files), prod(shape)),
        lambda: _blocks(path, files, shape, arrays),
        columns[0],
        labels,
        label_name,
        facts["is_target"],
        classes_of(labels, facts["is_target"]),
        {name: cell_values(cells) for name, cells in zip(header[n_leading:], columns[n_leading:], strict=True)},
        fingerprint=fingerprint.replace(_MAPS, _VECTORS) if len(shape) > 1 else fingerprint,
        weights=facts["weights"],
    )


def read_facts(path: Path) -> dict[str, Any]:
    """Read the facts of the features: ``fingerprint``, ``label_name``, ``is_target``, ``weights``."""
    try:
        facts = json.loads((path / FACTS).read_text("utf-8"))
        sums = facts.pop("checksums")
        if json_checksum(facts) != sums["facts"]:
            raise ValueError("its checksum is another one")
        return {name: facts[name] or "" for name in ("fingerprint", "weights")} | {
            "label_name": facts["label_name"],
            "is_target": facts["is_target"],
            "checksums": {name: sums[name] for name in ("index", "arrays")},
        }
    except FileNotFoundError as error:
        raise SourceError(
            f"{path}: expected features in an .h5, .npz, .parquet or .csv file, an NPY pair, or a folder that embed "
            f"wrote to its end, with {INDEX} and {FACTS}"
        ) from error
    except DAMAGE_ERRORS as error:
        raise SourceError(f"{path / FACTS}: the file cannot be read; it is damaged ({error})") from error


def _read_index(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with (path / INDEX).open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
    except (OSError, ValueError, csv.Error) as error:
        raise SourceError(f"{path / INDEX}: the list of images cannot be read ({error})") from error
    if header[:2] != ["key", "file"]:
        raise SourceError(
            f"{path / INDEX}: expected the columns key and file first, found {names_in_words(header[:2])}"
        )
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise SourceError(f"{path / INDEX}, image {number}: expected {len(header)} cells, found {len(row)}")
    return header, rows


def array_checksum(features: np.ndarray, before: int) -> int:
    """Return the checksum of the features of one image and their shape, given that of the images before."""
    return checksum(features, checksum(str(features.shape).encode(), before))


def _load(file: Path) -> np.ndarray:
    try:
        return np.load(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise SourceError(f"{file}: no such file, though {INDEX} lists it; embed the images again") from error
    except DAMAGE_ERRORS as error:
        raise SourceError(f"{file}: the array cannot be read; the file is damaged ({error})") from error


def _blocks(path: Path, files: list[Path], shape: tuple[int, ...], expected: int) -> Iterator[np.ndarray]:
    found = 0
    for rows in row_blocks((len(files), prod(shape))):
        block = np.empty((rows.stop - rows.start, prod(shape)), np.float32)
        for index, file in enumerate(files[rows]):
            features = _load(file)
            if features.shape != shape:
                raise SourceError(
                    f"{file}: expected features of shape {_format_shape(shape)}, as for the first image, found "
                    f"{_format_shape(features.shape)}; embed all images at one size, or pool them (--pooling avg)"
                )
            found = array_checksum(features, found)
            block[index] = features.ravel()
        yield block
    if found != expected:
        raise damage_error(path, "folder", "arrays")


def _format_shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
