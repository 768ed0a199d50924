"""Save the state of a fine-tuning beside its output, so that a later run can resume it."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..atomic_files import as_sink_error
from ..errors import SinkError
from ..features.damage import checksum
from ..features.durable_files import sync_file
from ..features.journal import Journal
from ..features.resuming import check_same_settings
from ..features.saved_features import BLOCK_BYTES
from ..part_folder import DamagedWorkError
from ..training.history import Epoch, History
from ..training.trainer import TrainingState
from .large_arrays import open_array

if TYPE_CHECKING:
    import keras


_ARRAYS = ("weights", "best", "optimizer")

_SUM_BYTES = 8
"""Number of bytes of the checksum at the end of each file; NumPy and zip archives ignore what follows their content."""


def is_begun(path: Path) -> bool:
    """Return whether an earlier run has begun an output."""
    journal = Journal(_folder(path))
    return bool(journal.settings) or journal.is_damaged


class Checkpoint:
    """A folder ``.NAME.part`` beside an output, with bottleneck features, the head, and the last epoch.

    Each file ends with a checksum: a run that went on with damaged ones would end with other numbers.

    Parameters
    ----------
    path : Path
        Path of the output.
    resume : bool
        Whether to continue an earlier run.
    overwrite : bool
        Whether the work of an earlier run may be discarded.

    Raises
    ------
    SinkError
        An earlier run has begun the output, and neither `resume` nor `overwrite` is set; or its work is damaged, and
        is not overwritten.
    """

    def __init__(self, path: Path, *, resume: bool = False, overwrite: bool = False):
        self._path = path
        self._resume = resume
        self._journal = Journal(_folder(path))
        self._journal.check_free(path)
        if resume or not overwrite:
            self._journal.check()
        if self._journal.settings and not (resume or overwrite):
            raise SinkError(
                f"{path} was begun by an earlier run: say --resume to go on, or --overwrite to begin again."
            )

    def __enter__(self) -> Self:
        with as_sink_error(self._path):
            self._journal.lock(self._path)
            if not self._resume:
                self._journal.clear()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: object) -> None:
        if kind is None or not self._journal.settings:
            self._journal.remove()
        else:
            self._journal.unlock()

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Write the settings of the work, or compare them with those of the earlier run.

        Raises
        ------
        SinkError
            The earlier run had other settings.
        """
        with as_sink_error(self._path):
            if self._journal.settings:
                check_same_settings(self._journal.settings, settings, f"{self._path} was begun")
            self._journal.begin(settings)

    def save_maps(self, maps: list[np.ndarray]) -> None:
        """Save the outputs of the frozen part, unless they need more than half of the free space on the disk."""
        with as_sink_error(self._path):
            if 2 * sum(each.nbytes for each in maps) > disk_usage(self._journal.folder).free:
                return
            for position, each in enumerate(maps):
                self._replace(_maps_name(position), lambda part, each=each: np.save(part, each))

    def load_maps(self, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray] | None:
        """Return the saved outputs of the frozen part; None if there are none with these shapes, or they are damaged.

        Returns
        -------
        list of ndarray, float32, or None
            Outputs; if they are larger than `MAX_IN_MEMORY`, they stay on the disk.
        """
        paths = [self._file(_maps_name(position)) for position in range(len(shapes))]
        if not all(map(_is_whole, paths)):
            return None
        maps = [open_array(path) for path in paths]
        return maps if [each.shape for each in maps] == list(shapes) else None

    def save_head(self, head: "keras.Model", history: History, stage: str = "") -> None:
        """Save the result of the first phase of a stage."""
        with as_sink_error(self._path):
            self._replace(f"{stage}head.keras", head.save)
            text = json.dumps(asdict(history))
            self._replace(f"{stage}head.json", lambda part: part.write_text(text, "utf-8"))

    def load_head(self, stage: str = "") -> "tuple[keras.Model, History] | None":
        """Return the result of the first phase; None if it did not end.

        Raises
        ------
        DamagedWorkError
        """
        import keras

        if not self._file(f"{stage}head.json").exists():
            return None
        noted = json.loads(self._checked(f"{stage}head.json").read_bytes()[:-_SUM_BYTES])
        epochs = tuple(Epoch(**each) for each in noted["epochs"])
        head = keras.saving.load_model(self._checked(f"{stage}head.keras"), compile=False, safe_mode=True)
        return head, History(epochs, noted["kept"], best_by=noted["best_by"])

    def save_state(self, state: TrainingState, stage: str = "") -> None:
        """Save the state of the second phase."""
        arrays = {f"{name}_{position}": each for name in _ARRAYS for position, each in enumerate(getattr(state, name))}
        epochs = json.dumps([asdict(each) for each in state.epochs])
        with as_sink_error(self._path):
            self._replace(f"{stage}state.npz", lambda part: np.savez(part, epochs=np.array(epochs), **arrays))

    def load_state(self, stage: str = "") -> TrainingState | None:
        """Return the state of the second phase; None if no epoch had ended.

        Raises
        ------
        DamagedWorkError
        """
        if not self._file(f"{stage}state.npz").exists():
            return None
        with np.load(self._checked(f"{stage}state.npz"), allow_pickle=False) as saved:
            epochs = [Epoch(**each) for each in json.loads(str(saved["epochs"]))]
            lists = {
                name: [
                    saved[f"{name}_{position}"] for position in range(sum(key.startswith(f"{name}_") for key in saved))
                ]
                for name in _ARRAYS
            }
        return TrainingState(epochs, **lists)

    def _file(self, name: str) -> Path:
        return self._journal.folder / name

    def _checked(self, name: str) -> Path:
        """Return the path of a file that is as it was written."""
        if not _is_whole(self._file(name)):
            raise DamagedWorkError(self._journal.folder)
        return self._file(name)

    def _replace(self, name: str, write: Callable[[Path], object]) -> None:
        """Write a file that appears whole or not at all, with its checksum."""
        self._journal.check_held()
        # Keras and NumPy need the ending.
        part = self._file(f"new.{name}")
        write(part)
        found = _checksum(part, name, part.stat().st_size)
        with part.open("ab") as file:
            file.write(b"%08x" % found)
            sync_file(file)
        os.replace(part, self._file(name))


def _folder(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _is_whole(path: Path) -> bool:
    """Return whether a file is there, and ends with the checksum of its name and content."""
    try:
        n_bytes = path.stat().st_size - _SUM_BYTES
        with path.open("rb") as file:
            file.seek(max(n_bytes, 0))
            return file.read() == b"%08x" % _checksum(path, path.name, n_bytes)
    except OSError:
        return False


def _checksum(path: Path, name: str, n_bytes: int) -> int:
    found = checksum(name.encode())
    with path.open("rb") as file:
        while n_bytes > 0:
            block = file.read(min(n_bytes, BLOCK_BYTES))
            n_bytes -= len(block) or n_bytes
            found = checksum(block, found)
    return found


def _maps_name(position: int) -> str:
    return f"maps_{position}.npy"
