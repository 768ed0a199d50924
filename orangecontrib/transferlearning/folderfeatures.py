"""Features in a folder with one array file a picture: read."""

import csv
import json
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from .arrayfolder import FACTS, INDEX
from .errors import SourceError
from .items import Label
from .labels import label_cells, target_number
from .saved import SavedFeatures, row_blocks, sorted_labels

_MAPS, _VECTORS = " pooling=none ", " pooling=flatten "
"""What fingerprints say of maps, and of the vectors that they become here."""


def open_folder(path: Path) -> SavedFeatures:
    """Read what a folder of arrays says of its pictures, as `ArrayFolder` writes it; the arrays are read later.

    Maps become vectors, as by pooling "flatten", and their fingerprint says so.

    Raises
    ------
    SourceError
        The folder was not written to its end, or is none of features; when features are read: an array is missing,
        damaged, or not of the first one's shape.
    """
    facts = read_facts(path)
    header, rows = _read_index(path)
    label_name = facts["label_name"]
    n_named = 2 if label_name is None else 3
    columns = [list(cells) for cells in zip(*rows, strict=True)] or [[] for _ in header]
    labels = _labels(columns[2], facts["is_target"]) if label_name is not None else []
    files = [path / name for name in columns[1]]
    shape = _load(files[0]).shape if files else (0,)
    fingerprint = facts["fingerprint"] or ""
    return SavedFeatures(
        (len(files), prod(shape)),
        lambda: _blocks(files, shape),
        columns[0],
        labels,
        label_name,
        facts["is_target"],
        () if facts["is_target"] else tuple(sorted_labels(labels)),
        {name: label_cells(cells) for name, cells in zip(header[n_named:], columns[n_named:], strict=True)},
        fingerprint=fingerprint.replace(_MAPS, _VECTORS) if len(shape) > 1 else fingerprint,
        weights=facts["weights"],
    )


def read_facts(path: Path) -> dict[str, Any]:
    """Read what such a folder says of its features: ``fingerprint``, ``label_name``, ``is_target``, ``weights``."""
    try:
        facts = json.loads((path / FACTS).read_text("utf-8"))
        known = {name: facts[name] for name in ("fingerprint", "label_name", "is_target")}
        return known | {"weights": facts.get("weights", "")}
    except FileNotFoundError as error:
        raise SourceError(
            f"{path}: expected features in an .h5, .npz, .parquet or .csv file, an NPY pair, or a folder that embed "
            f"wrote to its end, with {INDEX} and {FACTS}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{path / FACTS}: the file cannot be read; it is damaged ({error})") from error


def _read_index(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with (path / INDEX).open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
    except (OSError, ValueError, csv.Error) as error:
        raise SourceError(f"{path / INDEX}: the list of pictures cannot be read ({error})") from error
    if header[:2] != ["key", "file"]:
        raise SourceError(f"{path / INDEX}: expected the columns key and file first, found {', '.join(header[:2])}")
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise SourceError(f"{path / INDEX}, picture {number}: expected {len(header)} cells, found {len(row)}")
    return header, rows


def _labels(cells: list[str], is_target: bool) -> list[Label]:
    return list(map(target_number, cells)) if is_target else label_cells(cells)


def _load(file: Path) -> np.ndarray:
    try:
        return np.load(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise SourceError(f"{file}: no such file, though {INDEX} lists it; embed the pictures again") from error
    except (OSError, ValueError, EOFError) as error:
        raise SourceError(f"{file}: the array cannot be read; the file is damaged ({error})") from error


def _blocks(files: list[Path], shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    for rows in row_blocks((len(files), prod(shape))):
        block = np.empty((rows.stop - rows.start, prod(shape)), np.float32)
        for place, file in enumerate(files[rows]):
            features = _load(file)
            if features.shape != shape:
                raise SourceError(
                    f"{file}: expected features of shape {_times(shape)} as of the first picture, found "
                    f"{_times(features.shape)}; embed all pictures at one size, or pool them (--pooling avg)"
                )
            block[place] = features.ravel()
        yield block


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
