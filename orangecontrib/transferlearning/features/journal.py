"""Keep a journal of an output: a folder that lists the finished rows, so that a later run can resume."""

import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..errors import SinkError
from ..records import Embeddings, Label, Skipped
from .durable_files import lock_folder, open_unbuffered, sync_file, write_all, write_text_atomically

Block = dict[str, list]
"""Journal entry of consecutive images: keys, labels and metas of those embedded, [key, reason] of those skipped."""


class Journal:
    """A journal of the rows that are on the disk, with a line of JSON for each block of rows.

    A line is written after its rows are on the disk. A line that a crash has cut is ignored, and its rows are computed
    again.

    Parameters
    ----------
    folder : Path
        Made by `lock`; a sink may keep its own files in it.

    Attributes
    ----------
    settings : mapping
        Settings that have to be the same in a resumed run; empty if no run has begun.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock: IO | None = None
        self._lines: io.RawIOBase | None = None
        self.settings: Mapping[str, Any] = self._read_settings()

    def _read_settings(self) -> Mapping[str, Any]:
        try:
            return json.loads((self.folder / "settings.json").read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}

    def lock(self, output: Path) -> None:
        """Lock the journal for this run, until `unlock` or the end of this process.

        Raises
        ------
        SinkError
            Another run is writing the same output.
        """
        try:
            self._lock = lock_folder(self.folder)
        except BlockingIOError as error:
            raise SinkError(
                f"{output} is being written by another run: wait for it, or choose another name."
            ) from error
        self.settings = self._read_settings()

    @property
    def is_locked(self) -> bool:
        """True if this run holds the lock."""
        return self._lock is not None

    def unlock(self) -> None:
        """Release the lock and close the files."""
        for file in (self._lines, self._lock):
            if file:
                file.close()
        self._lines = self._lock = None

    def begin(self, settings: Mapping[str, Any]) -> int:
        """Write the settings, unless they are written already, and return the position of the next line."""
        if not self.settings:
            self._remove_files()  # of a run that was killed while it cleared
            write_text_atomically(self.folder / "settings.json", json.dumps(settings, indent=1))
            self.settings = settings
        self._lines = open_unbuffered(self.folder / "rows.jsonl", "ab")
        return max((end for end, _ in self._ends()), default=0)

    def append(self, parts: list[Embeddings], start: int) -> int:
        """Append a line for rows whose features are on the disk.

        Parameters
        ----------
        parts : list of Embeddings
        start : int
            Position of the line; anything after it, left by a crash, an interrupt or a full disk, is cut off.

        Returns
        -------
        int
            Position of the next line.
        """
        block = {
            "keys": [key for part in parts for key in part.keys],
            "labels": [_plain(label) for part in parts for label in part.labels],
            "metas": [{name: _plain(value) for name, value in meta.items()} for part in parts for meta in part.metas],
            "skipped": [[each.key, each.reason] for part in parts for each in part.skipped],
        }
        line = json.dumps(block).encode() + b"\n"
        self._lines.truncate(start)
        write_all(self._lines, line)
        sync_file(self._lines)
        return start + len(line)

    def blocks(self) -> Iterator[Block]:
        """Read the finished blocks, in order."""
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
        """Return the number of images that are embedded."""
        return sum(len(block["keys"]) for block in self.blocks())

    def skipped(self) -> list[Skipped]:
        """Return the images that could not be read."""
        return [Skipped(key, reason) for block in self.blocks() for key, reason in block["skipped"]]

    def clear(self) -> None:
        """Remove all files except the lock."""
        # The settings go first: without them, the other files are ignored.
        (self.folder / "settings.json").unlink(missing_ok=True)
        self._remove_files()
        self.settings = {}

    def _remove_files(self) -> None:
        for path in self.folder.iterdir():
            if path.name != "lock":
                path.unlink()

    def remove(self) -> None:
        """Remove the folder and release the lock; files that cannot be removed stay and are ignored."""
        removed = self.folder.with_name(f"{self.folder.name}.{os.getpid()}")
        if self._lines:
            self._lines.close()
        try:
            self.clear()
            # Rename it while it is locked, so that a run that waits for the lock never enters it.
            os.rename(self.folder, removed)
        except OSError:
            self.unlock()
            # Windows cannot rename a folder with an open file, or remove a file that another run has open.
            with suppress(OSError):
                (self.folder / "lock").unlink()
                self.folder.rmdir()
        else:
            self.unlock()
            shutil.rmtree(removed, ignore_errors=True)


def _plain(label: Label) -> Label:
    return label.item() if isinstance(label, np.generic) else label
