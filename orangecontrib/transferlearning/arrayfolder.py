"""A folder with one array file a picture, in folders that mirror those of the pictures."""

import csv
import io
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from .durable import open_unbuffered, write_all
from .errors import SinkError
from .filenames import FileNames
from .items import Embeddings
from .journalled import BUFFER_ROWS, JournalledSink
from .lists import unique_names
from .publishing import CSV_FILE, PathLike, saying_why
from .saved import SavedFeatures, columns_of

INDEX = "index.csv"
"""The file that lists the others: key, file, label, and what else is known of the pictures."""

FACTS = "features.json"
"""The file with the fingerprint of the features."""

_JOURNAL = ".part"


class ArrayFolder(JournalledSink):
    """One ``.npy`` file a picture, float32, of whatever shape its features have; at the end ``index.csv`` lists them.

    Each file appears whole. Those of a run that was stopped stay where they are, and a run that goes on adds the rest.

    Parameters
    ----------
    path : path
        The folder; it is made if it is not there.
    label_name : str or None
        Header of the labels in the index; None leaves them out.
    is_target : bool
        Whether labels are a quantity to predict rather than classes.
    buffer_size : int
        Pictures after which the journal notes what is done.
    resume : bool
        Whether to go on with what an earlier run left, which is asked of `resume`.
    overwrite : bool
        Whether the folder may have files in it already: those that are in the way are replaced, others stay.
    inputs : sequence of path
        Files that are being read; none may be in the folder.

    Raises
    ------
    SinkError
        Something is in the folder already, it was begun by an earlier run, or the folder that it is in is not there.
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
        is_there = all((path / name).is_file() for name in (INDEX, FACTS))
        self.is_whole = resume and not overwrite and is_there and not self._journal.settings
        _refuse(path, overwrite or self.is_whole or bool(resume and self._journal.settings), inputs)
        self._names = FileNames()
        self._unsafe: list[Path] = []
        self._is_mine = not path.exists()

    def __enter__(self) -> Self:
        with saying_why(self.paths[0]):
            self.paths[0].mkdir(exist_ok=True)
        return super().__enter__()

    def _leave(self) -> None:
        super()._leave()
        if self._is_mine:
            # Only if nothing came to be in it.
            with suppress(OSError):
                self.paths[0].rmdir()

    def _begin(self, embeddings: Embeddings) -> None:
        super()._begin(embeddings)
        # What they say of the files is true no more; they come back when it is.
        for name in (INDEX, FACTS):
            (self.paths[0] / name).unlink(missing_ok=True)

    def _open(self, n_rows: int) -> None:
        for block in self._journal.blocks():
            self._refuse_lost(block["keys"])

    def _refuse_lost(self, keys: Sequence[str]) -> None:
        for name in map(self._names.of, keys):
            if not (self.paths[0] / name).is_file():
                raise SinkError(
                    f"{name}, which an earlier run wrote, is no longer in {self.paths[0]}: say "
                    "--overwrite to begin again."
                )

    def _read_output(self) -> SavedFeatures:
        from .folderfeatures import open_folder, read_facts

        saved = open_folder(self.paths[0])
        self._refuse_lost(saved.keys)
        # Maps that are read become vectors, and are said to be.
        return replace(saved, fingerprint=read_facts(self.paths[0])["fingerprint"])

    def _save(self, embeddings: Embeddings) -> None:
        for key, features in zip(embeddings.keys, embeddings.features, strict=True):
            path = self.paths[0] / self._names.of(key)
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True)
            if self.paths[0].resolve() not in path.parent.joinpath("_").resolve().parents:
                raise SinkError(f"{path.parent} is a link that leads out of {self.paths[0]}: choose another folder.")
            _save_array(path, features)
            self._unsafe.append(path)

    def _sync(self) -> None:
        for path in self._unsafe:
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        self._unsafe = []

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
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(unique_names(["key", "file", *[self.label_name] * has_labels, *metas]))
            others = zip(*metas.values(), strict=True) if metas else [()] * len(rows)
            for (key, name, label), other in zip(rows, others, strict=True):
                writer.writerow([key, name, *[label] * has_labels, *other])


def _save_array(path: Path, features: np.ndarray) -> None:
    data, part = io.BytesIO(), path.with_name(f".{path.name}.part")
    np.save(data, np.ascontiguousarray(features, np.float32), allow_pickle=False)
    try:
        with open_unbuffered(part, "wb") as file:
            write_all(file, data.getbuffer())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _refuse(path: Path, may_be_full: bool, inputs: Sequence[PathLike]) -> None:
    if os.path.lexists(path) and not path.is_dir():
        raise SinkError(f"{path} is a file; name a folder.")
    if not path.absolute().parent.is_dir():
        raise SinkError(f"There is no folder {path.parent} to make {path.name} in: make it first.")
    home = path.resolve()
    for each in inputs:
        if home == Path(each).resolve() or home in Path(each).resolve().parents:
            raise SinkError(f"{each}, which is being read, is in {path}: choose another folder.")
    if path.is_dir() and not may_be_full and any(entry.name != _JOURNAL for entry in path.iterdir()):
        raise SinkError(
            f"{path} has files in it already: choose another folder, or say --overwrite (overwrite=True) to replace "
            "those that are in the way."
        )
