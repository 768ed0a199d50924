"""Keep a journal of an output: a folder that lists the finished rows, so that a later run can resume."""

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..part_folder import DamagedWorkError, PartFolder
from ..records import Embeddings, Label, Skipped
from .damage import json_checksum
from .durable_files import open_unbuffered, sync_file, write_all, write_text_atomically

_SETTINGS = "settings.json"

_PUBLISHED = "published"
"""Name of the file that names the finished file, from just before that becomes the output."""

Block = dict[str, Any]
"""Journal entry of consecutive images: keys, labels and metas of those embedded, [key, reason] of those skipped;
and the checksum of the features up to here."""


@dataclass
class Rows:
    """The finished rows of a run, in order, and the checksum of their features."""

    keys: list[str] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    metas: list[Mapping[str, Label]] = field(default_factory=list)
    checksum: int = 0


class Journal:
    """A journal of the rows that are on the disk, with a line of JSON for each block of rows.

    A line is written after its rows are on the disk. A line that a crash has cut is ignored, and its rows are computed
    again. All that is written has a checksum; without it, the work is damaged, and has to be begun again.

    Parameters
    ----------
    folder : Path
        Made by `lock`; a sink may keep its own files in it.

    Attributes
    ----------
    settings : mapping
        Settings that have to be the same in a resumed run; empty if no run has begun, or if they are damaged.
    checksum : int
        Checksum of the features of all finished rows, in order.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._place = PartFolder(folder)
        self._lines: io.RawIOBase | None = None
        self.checksum = 0
        self._is_damaged = False
        self.settings: Mapping[str, Any] = self._read_settings()

    def _read_settings(self) -> Mapping[str, Any]:
        self._is_damaged = False
        try:
            published = self._read_facts(_PUBLISHED)
            # The run was killed after its output was there, and before it had removed the journal.
            if published and not (self.folder / published["file"]).exists():
                return {}
            return self._read_facts(_SETTINGS)
        except (OSError, ValueError):
            self._is_damaged = True
            return {}

    def _read_facts(self, name: str) -> dict[str, Any]:
        """Read a file of the journal; {} if there is none."""
        try:
            text = (self.folder / name).read_text("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return {}
        return _verified(json.loads(text))

    @property
    def is_damaged(self) -> bool:
        """True if the settings are not as they were written."""
        return self._is_damaged

    def check(self) -> None:
        """Raise `DamagedWorkError` if the settings or rows are not as they were written."""
        if self._is_damaged:
            raise DamagedWorkError(self.folder)
        self.n_rows()

    def check_held(self) -> None:
        """Raise `SinkError` if the folder was removed while this run has its lock."""
        self._place.check_held()

    def check_free(self, output: Path) -> None:
        """Raise `SinkError` if another run is writing the same output now."""
        self._place.check_free(output)

    def lock(self, output: Path) -> None:
        """Lock the journal for this run, until `unlock` or the end of this process.

        Raises
        ------
        SinkError
            Another run is writing the same output.
        """
        self._place.lock(output)
        self.settings = self._read_settings()

    @property
    def is_locked(self) -> bool:
        """True if this run holds the lock."""
        return self._place.is_locked

    def unlock(self) -> None:
        """Release the lock and close the files."""
        self._close()
        self._place.unlock()

    def _close(self) -> None:
        if self._lines:
            self._lines.close()
        self._lines = None

    def begin(self, settings: Mapping[str, Any]) -> int:
        """Write the settings, unless they are written already, and return the position of the next line."""
        if not self.settings:
            self._place.clear()  # of a run that was killed while it cleared
            write_text_atomically(self.folder / _SETTINGS, json.dumps(_signed(settings), indent=1))
            self.settings = settings
        self._lines = open_unbuffered(self.folder / "rows.jsonl", "ab")
        end, self.checksum = 0, 0
        for block_end, block in self._ends():
            end, self.checksum = block_end, block["checksum"]
        return end

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
            "checksum": self.checksum,
        }
        line = json.dumps(_signed(block, start)).encode() + b"\n"
        self._place.check_held()
        self._lines.truncate(start)
        write_all(self._lines, line)
        sync_file(self._lines)
        return start + len(line)

    def blocks(self) -> Iterator[Block]:
        """Read the finished blocks, in order; raises `DamagedWorkError` at one that is not as it was written."""
        return (block for _, block in self._ends())

    def _ends(self) -> Iterator[tuple[int, Block]]:
        path, end = self.folder / "rows.jsonl", 0
        if not self.settings or not path.exists():
            return
        with path.open("rb") as file:
            for line in file:
                block = self._parse(line, end)
                if block is None:
                    if file.read(1):
                        raise DamagedWorkError(self.folder)
                    return
                end += len(line)
                yield end, block

    def _parse(self, line: bytes, start: int) -> Block | None:
        """Return the block of a line; None for one that a crash may have cut, if it is the last."""
        try:
            values = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            values = None
        if values is None:
            return None
        try:
            return _verified(values, start)
        except ValueError as error:
            raise DamagedWorkError(self.folder) from error

    def rows(self) -> Rows:
        """Return all finished rows."""
        rows = Rows()
        for block in self.blocks():
            rows.keys += block["keys"]
            rows.labels += block["labels"]
            rows.metas += block["metas"] or [{}] * len(block["keys"])
            rows.checksum = block["checksum"]
        return rows

    def n_rows(self) -> int:
        """Return the number of images that are embedded."""
        return sum(len(block["keys"]) for block in self.blocks())

    def skipped(self) -> list[Skipped]:
        """Return the images that could not be read."""
        return [Skipped(key, reason) for block in self.blocks() for key, reason in block["skipped"]]

    def publish(self, part: Path, output: Path) -> None:
        """Put a finished file of the journal's folder in its place, after which the journal counts as empty."""
        write_text_atomically(self.folder / _PUBLISHED, json.dumps(_signed({"file": part.name})))
        os.replace(part, output)

    def clear(self) -> None:
        """Remove all files except the lock."""
        # The settings go first: without them, the other files are ignored.
        (self.folder / _SETTINGS).unlink(missing_ok=True)
        self._place.clear()
        self.settings = {}

    def remove(self) -> None:
        """Remove the folder and release the lock; files that cannot be removed stay and are ignored."""
        self._close()
        with suppress(OSError):
            self.clear()
        self._place.remove()


def _signed(values: Mapping[str, Any], position: int = 0) -> dict[str, Any]:
    """Add the checksum of values that are written at a position of a file."""
    return {**values, "sum": json_checksum([position, values])}


def _verified(values: Any, position: int = 0) -> dict[str, Any]:
    """Return values without their checksum; raises ValueError if that is another one."""
    if not isinstance(values, dict) or "sum" not in values:
        raise ValueError("there is no checksum")
    content = {name: value for name, value in values.items() if name != "sum"}
    if values["sum"] != json_checksum([position, content]):
        raise ValueError("the checksum is another one")
    return content


def _plain(label: Label) -> Label:
    return label.item() if isinstance(label, np.generic) else label
