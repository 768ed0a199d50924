"""Write and read a folder with one array file per image, in subfolders that mirror those of the images."""

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any, Self

import numpy as np

from ..atomic_files import CSV_FILE, PathLike, as_sink_error, csv_line
from ..errors import SinkError, SourceError
from ..records import Embeddings, Label
from ..sources.keys import unique_names
from ..sources.labels import label_cells, target_number
from .durable_files import open_unbuffered, write_all
from .file_names import FileNames
from .resumable_sink import BUFFER_ROWS, ResumableSink
from .saved_features import SavedFeatures, columns_of, row_blocks, sorted_labels

INDEX = "index.csv"
"""Name of the file that lists the arrays: key, file, label and metas of each image."""

FACTS = "features.json"
"""Name of the file with the fingerprint of the features."""

_JOURNAL = ".part"


class ArrayFolder(ResumableSink):
    """A sink of one ``.npy`` file per image, float32, with features of any shape; ``index.csv`` lists the files.

    Each file appears whole. The files of a stopped run stay, and a resumed run adds the others.

    Parameters
    ----------
    path : path
        The folder; it is made if it does not exist.
    label_name : str or None
        Header of the labels in the index; None for no labels.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    buffer_size : int
        Number of rows after which the journal is written.
    resume : bool
        Whether to continue an earlier run; call `resume` for the images that are left.
    overwrite : bool
        Whether the folder may have files in it: those with the same names are replaced, others stay.
    inputs : sequence of path
        Files that are being read; they must not be in the folder.

    Raises
    ------
    SinkError
        The folder has files in it, was begun by an earlier run, or its parent folder does not exist.
    """

    joins_rows = False

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
        super().__init__(
            path,
            path / _JOURNAL,
            label_name,
            is_target=is_target,
            buffer_size=buffer_size,
            resume=resume,
            overwrite=overwrite,
        )
        is_complete = all((path / name).is_file() for name in (INDEX, FACTS))
        self.is_whole = resume and not overwrite and is_complete and not self._journal.settings
        _check_output(path, overwrite or self.is_whole or bool(resume and self._journal.settings), inputs)
        self._names = FileNames()
        self._unsynced: list[Path] = []
        self._is_new = not path.exists()

    def __enter__(self) -> Self:
        with as_sink_error(self.paths[0]):
            self.paths[0].mkdir(exist_ok=True)
        return super().__enter__()

    def _leave(self) -> None:
        super()._leave()
        if self._is_new:
            # Files that are in it by now stay.
            with suppress(OSError):
                self.paths[0].rmdir()

    def _begin(self, embeddings: Embeddings) -> None:
        super()._begin(embeddings)
        # They no longer describe the files; they are written again at the end.
        for name in (INDEX, FACTS):
            (self.paths[0] / name).unlink(missing_ok=True)

    def _open(self, n_rows: int) -> None:
        for block in self._journal.blocks():
            self._check_arrays(block["keys"])

    def _check_arrays(self, keys: Sequence[str]) -> None:
        for name in map(self._names.of, keys):
            if not (self.paths[0] / name).is_file():
                raise SinkError(
                    f"{name}, which an earlier run wrote, is no longer in {self.paths[0]}: say "
                    "--overwrite to begin again."
                )

    def _read_output(self) -> SavedFeatures:
        saved = open_folder(self.paths[0])
        self._check_arrays(saved.keys)
        # `open_folder` flattens maps and changes their fingerprint; the run has to match the one in the file.
        return replace(saved, fingerprint=read_facts(self.paths[0])["fingerprint"])

    def _save(self, embeddings: Embeddings) -> None:
        for key, features in zip(embeddings.keys, embeddings.features, strict=True):
            path = self.paths[0] / self._names.of(key)
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True)
            if self.paths[0].resolve() not in path.parent.joinpath("_").resolve().parents:
                raise SinkError(f"{path.parent} is a link that leads out of {self.paths[0]}: choose another folder.")
            _save_array(path, features)
            self._unsynced.append(path)

    def _sync(self) -> None:
        for path in self._unsynced:
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        self._unsynced = []

    def _publish(self, settings: dict[str, Any]) -> None:
        names, rows, metas = FileNames(), [], []
        for block in self._journal.blocks():
            rows += [(key, names.of(key), label) for key, label in zip(block["keys"], block["labels"], strict=True)]
            metas += block["metas"] or [{}] * len(block["keys"])
        self._write_index(rows, columns_of(metas, len(rows)))
        facts = {name: settings.get(name) for name in ("fingerprint", "weights", "label_name", "is_target", "columns")}
        part = self._journal.folder / FACTS
        part.write_text(json.dumps(facts, indent=1), "utf-8")
        os.replace(part, self.paths[0] / FACTS)
        os.replace(self._journal.folder / INDEX, self.paths[0] / INDEX)

    def _write_index(self, rows: list[tuple], metas: dict[str, list]) -> None:
        has_labels = self.label_name is not None
        with (self._journal.folder / INDEX).open(**CSV_FILE) as file:
            file.write(csv_line(unique_names(["key", "file", *[self.label_name] * has_labels, *metas])))
            cells = zip(*metas.values(), strict=True) if metas else [()] * len(rows)
            for (key, name, label), others in zip(rows, cells, strict=True):
                file.write(csv_line([key, name, *[label] * has_labels, *others]))


def _save_array(path: Path, features: np.ndarray) -> None:
    data, part = io.BytesIO(), path.with_name(f".{path.name}.part")
    np.save(data, np.ascontiguousarray(features, np.float32), allow_pickle=False)
    try:
        with open_unbuffered(part, "wb") as file:
            write_all(file, data.getbuffer())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _check_output(path: Path, may_have_files: bool, inputs: Sequence[PathLike]) -> None:
    if os.path.lexists(path) and not path.is_dir():
        raise SinkError(f"{path} is a file; name a folder.")
    if not path.absolute().parent.is_dir():
        raise SinkError(f"There is no folder {path.parent} for {path.name}: make it first.")
    folder = path.resolve()
    for each in inputs:
        read = Path(each).resolve()
        if folder == read or folder in read.parents:
            raise SinkError(f"{each}, which is being read, is in {path}: choose another folder.")
        if read in folder.parents:
            raise SinkError(f"{path} is in {each}, which is being read: choose a folder elsewhere.")
    if path.is_dir() and not may_have_files and any(entry.name != _JOURNAL for entry in path.iterdir()):
        raise SinkError(
            f"{path} has files in it already: choose another folder, or say --overwrite (overwrite=True) to replace "
            "those with the same names."
        )


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
    label_name = facts["label_name"]
    n_leading = 2 if label_name is None else 3
    columns = [list(cells) for cells in zip(*rows, strict=True)] or [[] for _ in header]
    labels: list[Label] = []
    if label_name is not None:
        labels = list(map(target_number, columns[2])) if facts["is_target"] else label_cells(columns[2])
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
        {name: label_cells(cells) for name, cells in zip(header[n_leading:], columns[n_leading:], strict=True)},
        fingerprint=fingerprint.replace(_MAPS, _VECTORS) if len(shape) > 1 else fingerprint,
        weights=facts["weights"],
    )


def read_facts(path: Path) -> dict[str, Any]:
    """Read the facts of the features: ``fingerprint``, ``label_name``, ``is_target``, ``weights``."""
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
        raise SourceError(f"{path / INDEX}: the list of images cannot be read ({error})") from error
    if header[:2] != ["key", "file"]:
        raise SourceError(f"{path / INDEX}: expected the columns key and file first, found {', '.join(header[:2])}")
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise SourceError(f"{path / INDEX}, image {number}: expected {len(header)} cells, found {len(row)}")
    return header, rows


def _load(file: Path) -> np.ndarray:
    try:
        return np.load(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise SourceError(f"{file}: no such file, though {INDEX} lists it; embed the images again") from error
    except (OSError, ValueError, EOFError) as error:
        raise SourceError(f"{file}: the array cannot be read; the file is damaged ({error})") from error


def _blocks(files: list[Path], shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    for rows in row_blocks((len(files), prod(shape))):
        block = np.empty((rows.stop - rows.start, prod(shape)), np.float32)
        for index, file in enumerate(files[rows]):
            features = _load(file)
            if features.shape != shape:
                raise SourceError(
                    f"{file}: expected features of shape {_format_shape(shape)}, as for the first image, found "
                    f"{_format_shape(features.shape)}; embed all images at one size, or pool them (--pooling avg)"
                )
            block[index] = features.ravel()
        yield block


def _format_shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
