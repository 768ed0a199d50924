"""Journal of an output: a folder beside it that says which rows are done, for a later run to go on with."""

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
from .durable_files import lock_folder, open_unbuffered, to_disk, write_all, write_whole

Block = dict[str, list]
"""Journal entry of consecutive images: keys, labels and metas of those embedded, [key, reason] of those skipped."""


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
        self._lines: io.RawIOBase | None = None
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
        try:
            self._lock = lock_folder(self.folder)
        except BlockingIOError as error:
            raise SinkError(
                f"{output} is being written by another run: wait for it, or choose another name."
            ) from error
        self.settings = self._read_settings()

    @property
    def is_locked(self) -> bool:
        """True if this run keeps other runs out."""
        return self._lock is not None

    def unlock(self) -> None:
        """Let others in."""
        for file in (self._lines, self._lock):
            if file:
                file.close()
        self._lines = self._lock = None

    def begin(self, settings: Mapping[str, Any]) -> int:
        """Note what the work depends on, unless it is noted already; gives the place where the next line begins."""
        if not self.settings:
            write_whole(self.folder / "settings.json", json.dumps(settings, indent=1))
            self.settings = settings
        self._lines = open_unbuffered(self.folder / "rows.jsonl", "ab")
        return max((end for end, _ in self._ends()), default=0)

    def append(self, parts: list[Embeddings], start: int) -> int:
        """Note rows whose features are on the disk.

        Parameters
        ----------
        parts : list of Embeddings
        start : int
            Where the line begins; what a crash, an interrupt or a full disk has left behind this place is cut off.

        Returns
        -------
        int
            Where the next line begins.
        """
        block = {
            "keys": [key for part in parts for key in part.keys],
            "labels": [_plain(label) for part in parts for label in part.labels],
            "metas": [{name: _plain(value) for name, value in each.items()} for part in parts for each in part.metas],
            "skipped": [[each.key, each.reason] for part in parts for each in part.skipped],
        }
        line = json.dumps(block).encode() + b"\n"
        self._lines.truncate(start)
        write_all(self._lines, line)
        to_disk(self._lines)
        return start + len(line)

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
        """Count the images that are embedded."""
        return sum(len(block["keys"]) for block in self.blocks())

    def skipped(self) -> list[Skipped]:
        """List the images that could not be read."""
        return [Skipped(key, reason) for block in self.blocks() for key, reason in block["skipped"]]

    def clear(self) -> None:
        """Forget everything; the lock stays."""
        # First, as without it the rest means nothing.
        (self.folder / "settings.json").unlink(missing_ok=True)
        for path in self.folder.iterdir():
            if path.name != "lock":
                path.unlink()
        self.settings = {}

    def remove(self) -> None:
        """Remove the folder and let others in; what the system does not let go stays, and means nothing."""
        gone = self.folder.with_name(f"{self.folder.name}.{os.getpid()}")
        if self._lines:
            self._lines.close()
        try:
            self.clear()
            # While it is locked: who waits for the lock finds another folder at its place, or none.
            os.rename(self.folder, gone)
        except OSError:
            self.unlock()
            # Windows renames no folder with an open file in it, and removes no file that another run has open.
            with suppress(OSError):
                (self.folder / "lock").unlink()
                self.folder.rmdir()
        else:
            self.unlock()
            shutil.rmtree(gone, ignore_errors=True)


def _plain(label: Label) -> Label:
    return label.item() if isinstance(label, np.generic) else label
