"""Write a folder with one array file per image, in subfolders that mirror those of the images."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from ..atomic_files import CSV_FILE, PathLike, as_sink_error, csv_line, link_target
from ..errors import SinkError
from ..part_folder import DamagedWorkError
from ..records import Embeddings
from ..sources.keys import unique_names
from .array_folder_reading import FACTS, INDEX, array_checksum, open_folder, read_facts
from .columns import label_cell
from .damage import DAMAGE_ERRORS, checksum, json_checksum
from .durable_files import open_unbuffered, write_all, write_text_atomically
from .file_names import FileNames
from .journal import Rows
from .resumable_sink import BUFFER_ROWS, ResumableSink
from .saved_features import SavedFeatures, columns_of

_JOURNAL = ".part"

_REPLACED = "replaced.csv"
"""Name of the list of an earlier output in the journal's folder, while its files are being removed."""


class ArrayFolder(ResumableSink):
    """A sink of one ``.npy`` file per image, float32, with features of any shape; ``index.csv`` lists the files.

    The files are in the journal's folder until the end; a resumed run adds the others. Then those of an earlier output
    are removed, the new ones are moved, and the list of them appears last: without it, the folder is no output.

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
        Whether the folder may have files in it: those of an earlier output are removed, those with the same names are
        replaced, others stay.
    inputs : sequence of path
        Files that are being read; they must not be in the folder.

    Raises
    ------
    SinkError
        The folder has files in it, was begun by an earlier run, or its parent folder does not exist.
    """

    joins_rows = False
    as_cells = True

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
        path = link_target(Path(path))
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
        self._arrays = self._journal.folder / "arrays"
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

    def _discard(self) -> None:
        # A run that was killed while it moved its files.
        if self._is_moving():
            # Of damaged work, what can be read.
            with suppress(DamagedWorkError):
                self._remove_arrays(self._replaced())
            with suppress(DamagedWorkError):
                self._remove_arrays(self._listed())

    def _is_moving(self) -> bool:
        return (self._journal.folder / _REPLACED).exists()

    def _listed(self) -> Iterator[PathLike]:
        """Yield the names of the arrays that the journal lists."""
        names = FileNames()
        return (names.of(key) for block in self._journal.blocks() for key in block["keys"])

    def _check_kept(self) -> None:
        found = 0
        for key in self._journal.rows().keys:
            name = self._names.of(key)
            self._check_arrays([name])
            try:
                path = self._arrays / name
                array = np.load(path if path.is_file() else self.paths[0] / name, allow_pickle=False)
                found = array_checksum(array, found)
            except DAMAGE_ERRORS as error:
                raise DamagedWorkError(self._journal.folder) from error
        if found != self._journal.rows().checksum:
            raise DamagedWorkError(self._journal.folder)

    def _check_arrays(self, names: Iterable[PathLike]) -> None:
        """Check that the arrays of an earlier run are there; those in the output may be of another one before it."""
        folders = [self._arrays] * (not self.is_whole) + [self.paths[0]] * (self.is_whole or self._is_moving())
        for name in names:
            if not any((folder / name).is_file() for folder in folders):
                raise DamagedWorkError(folders[0], f"{name}, which an earlier run wrote, is no longer in {folders[0]}")

    def _read_output(self) -> SavedFeatures:
        saved = open_folder(self.paths[0])
        self._check_arrays(map(self._names.of, saved.keys))
        # `open_folder` flattens maps and changes their fingerprint; the run has to match the one in the file.
        return replace(saved, fingerprint=read_facts(self.paths[0])["fingerprint"])

    def _save(self, embeddings: Embeddings, before: int) -> int:
        # Otherwise the arrays would be in a new folder, without those before.
        self._journal.check_held()
        for key, features in zip(embeddings.keys, embeddings.features, strict=True):
            name = self._names.of(key)
            self._check_inside(self.paths[0] / name)
            path = self._arrays / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _save_array(path, features)
            self._unsynced.append(path)
            before = array_checksum(features, before)
        return before

    def _check_inside(self, path: Path) -> None:
        if self.paths[0].resolve() not in path.parent.joinpath("_").resolve().parents:
            raise SinkError(f"{path.parent} is a link that leads out of {self.paths[0]}: choose another folder.")

    def _sync(self) -> None:
        for path in self._unsynced:
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        self._unsynced = []

    def _publish(self, settings: dict[str, Any]) -> None:
        rows, file_names = self._journal.rows(), FileNames()
        names = [file_names.of(key) for key in rows.keys]
        self._write_index(rows, names)
        facts = {name: settings.get(name) for name in ("fingerprint", "weights", "label_name", "is_target", "columns")}
        index = checksum((self._journal.folder / INDEX).read_bytes())
        facts["checksums"] = {"facts": json_checksum(facts), "index": index, "arrays": rows.checksum}
        write_text_atomically(self._journal.folder / FACTS, json.dumps(facts, indent=1))
        written = set(map(str, names))
        self._check_arrays(written)
        self._take_index()
        self._remove_arrays(name for name in self._replaced() if name not in written)
        for name in written:
            self._move_array(name)
        self._journal.check_held()
        for name in (INDEX, FACTS):
            os.replace(self._journal.folder / name, self.paths[0] / name)

    def _take_index(self) -> None:
        """Keep the list of an earlier output, unless a killed run did, and remove it from the output."""
        taken = self._journal.folder / _REPLACED
        if not taken.exists():
            if all((self.paths[0] / name).is_file() for name in (INDEX, FACTS)):
                os.replace(self.paths[0] / INDEX, taken)
            else:
                taken.touch()
        for name in (INDEX, FACTS):
            (self.paths[0] / name).unlink(missing_ok=True)

    def _replaced(self) -> list[str]:
        """Return the files of the earlier output, from its list."""
        try:
            with (self._journal.folder / _REPLACED).open(encoding="utf-8", newline="") as file:
                header, *rows = list(csv.reader(file)) or [[]]
        except (ValueError, csv.Error) as error:
            raise DamagedWorkError(self._journal.folder) from error
        return [row[1] for row in rows if len(row) > 1] if header[:2] == ["key", "file"] else []

    def _remove_arrays(self, names: Iterable[PathLike]) -> None:
        for name in names:
            path = self.paths[0] / name
            # The list may be another's.
            if path.suffix == ".npy" and os.path.lexists(path) and self.paths[0].resolve() in path.resolve().parents:
                path.unlink()
                for folder in list(path.parents)[: len(path.relative_to(self.paths[0]).parts) - 1]:
                    # Files that are in it stay.
                    with suppress(OSError):
                        folder.rmdir()

    def _move_array(self, name: PathLike) -> None:
        staged, path = self._arrays / name, self.paths[0] / name
        self._journal.check_held()
        # A killed run may have moved it.
        if staged.exists() or not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._check_inside(path)
            os.replace(staged, path)

    def _write_index(self, rows: Rows, names: list[PathLike]) -> None:
        has_labels = self.label_name is not None
        metas = columns_of(rows.metas, len(names))
        with (self._journal.folder / INDEX).open(**CSV_FILE) as file:
            file.write(csv_line(unique_names(["key", "file", *[self.label_name] * has_labels, *metas])))
            cells = zip(*metas.values(), strict=True) if metas else [()] * len(names)
            for key, name, label, others in zip(rows.keys, names, rows.labels, cells, strict=True):
                file.write(csv_line([key, name, *[label_cell(label, self._is_target)] * has_labels, *others]))


def _save_array(path: Path, features: np.ndarray) -> None:
    data = io.BytesIO()
    np.save(data, np.ascontiguousarray(features, np.float32), allow_pickle=False)
    with open_unbuffered(path, "wb") as file:
        write_all(file, data.getbuffer())


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
            "features, and other files with the same names."
        )
