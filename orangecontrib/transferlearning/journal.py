"""What of an output is done: a folder beside it that outlives the run, and that one run at a time may use."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from .errors import SinkError
from .items import Embeddings, Label, Skipped

Block = dict[str, list]
"""Of consecutive pictures: keys, labels and metas of those embedded, [key, reason] of those skipped."""


class Journal:
    """Rows that are safe, a line of JSON for each block of them.

    A line is written when what it tells of is on the disk. One that a crash has torn is no line: what it would have
    told of is done again.

    Parameters
    ----------
    folder : Path
        Made by `begin`; others may keep their files in it, too.

    Attributes
    ----------
    settings : mapping
        All that has to be the same when the work goes on; empty where nothing was begun.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock: IO | None = None
        self._lines: IO | None = None
        self.settings: Mapping[str, Any] = self._read_settings()

    def _read_settings(self) -> Mapping[str, Any]:
        try:
            return json.loads((self.folder / "settings.json").read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}

    def lock(self, output: Path) -> None:
        """Keep other runs out, until `unlock` or the end of this process.

        Raises
        ------
        SinkError
            Another run writes the same output now.
        """
        self.folder.mkdir(exist_ok=True)
        file = (self.folder / "lock").open("ab")
        try:
            _lock(file)
        except OSError as error:
            file.close()
            raise SinkError(
                f"{output} is being written by another run: wait for it, or choose another name."
            ) from error
        self._lock = file
        self.settings = self._read_settings()

    @property
    def is_locked(self) -> bool:
        """Whether other runs are kept out by this one."""
        return self._lock is not None

    def unlock(self) -> None:
        """Let others in."""
        for file in (self._lines, self._lock):
            if file:
                file.close()
        self._lines = self._lock = None

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Note what the work depends on, or cut off what a crash has torn where that is noted already."""
        if not self.settings:
            _write_safely(self.folder / "settings.json", json.dumps(settings, indent=1))
            self.settings = settings
        end = max((end for end, _ in self._ends()), default=0)
        self._lines = (self.folder / "rows.jsonl").open("ab")
        self._lines.truncate(end)

    def append(self, parts: list[Embeddings]) -> None:
        """Note rows whose features are on the disk."""
        block = {
            "keys": [key for part in parts for key in part.keys],
            "labels": [_plain(label) for part in parts for label in part.labels],
            "metas": [{name: _plain(value) for name, value in each.items()} for part in parts for each in part.metas],
            "skipped": [[each.key, each.reason] for part in parts for each in part.skipped],
        }
        self._lines.write(json.dumps(block).encode() + b"\n")
        to_disk(self._lines)

    def blocks(self) -> Iterator[Block]:
        """Read what is done, in order."""
        return (block for _, block in self._ends())

    def _ends(self) -> Iterator[tuple[int, Block]]:
        path, end = self.folder / "rows.jsonl", 0
        if not self.settings or not path.exists():
            return
        with path.open("rb") as file:
            for line in file:
                try:
                    block = json.loads(line) if line.endswith(b"\n") else None
                except ValueError:
                    block = None
                if block is None:
                    return
                end += len(line)
                yield end, block

    def n_rows(self) -> int:
        """Count the pictures that are embedded."""
        return sum(len(block["keys"]) for block in self.blocks())

    def skipped(self) -> list[Skipped]:
        """List the pictures that could not be read."""
        return [Skipped(key, reason) for block in self.blocks() for key, reason in block["skipped"]]

    def clear(self) -> None:
        """Forget everything; the lock stays."""
        for path in self.folder.iterdir():
            if path.name != "lock":
                path.unlink()
        self.settings = {}

    def remove(self) -> None:
        """Unlock and remove the folder."""
        self.unlock()
        shutil.rmtree(self.folder)


def to_disk(file: IO) -> None:
    """Wait until what was written is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def _write_safely(path: Path, text: str) -> None:
    part = path.with_suffix(".new")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        to_disk(file)
    os.replace(part, path)


def _plain(label: Label) -> Label:
    return label.item() if isinstance(label, np.generic) else label


def _lock(file: IO) -> None:
    """Raise OSError if another process has the lock; the system frees it when this process ends, however it ends."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
