"""Base of the sinks that a later run can resume, with a journal of the rows that are done."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..atomic_files import as_sink_error
from ..errors import SinkError, SourceError
from ..records import Embeddings, Skipped
from .journal import Journal
from .resuming import check_same_settings, not_in, rest_of
from .saved_features import SavedFeatures

if TYPE_CHECKING:
    from ..records import Source


BUFFER_ROWS = 1000
"""Images whose work is made safe at a time."""


class ResumableSink:
    """Base of sinks that keep their work when a run is stopped or killed, and go on from there.

    Within `with`, ask `resume` for what is left of the source, and embed that.

    Parameters
    ----------
    path : Path
        Of the output.
    folder : Path
        Of the journal.
    label_name : str or None
        None leaves labels out.
    is_target : bool
        Whether labels are a quantity to predict rather than classes.
    buffer_size : int
        Images whose work is made safe at a time; whole batches, so there may be more.
    resume : bool
        Whether to go on with what an earlier run left.
    overwrite : bool
        Whether to replace what is there; what an earlier run left is then begun again, unless it is resumed.

    Attributes
    ----------
    n_kept : int
        Images that an earlier run embedded.
    skipped : list of Skipped
        Images that it could not read.
    is_whole : bool
        Whether there is nothing to go on with, as the output is there: `resume` sees to it that it is the one that is
        wanted, and gives those images of the source that are not in it. It is left as it is.

    Raises
    ------
    SinkError
        An earlier run left its work here, and nobody said what to do with it.
    """

    resumable = True
    joins_rows = True
    is_whole = False

    def __init__(
        self,
        path: Path,
        folder: Path,
        label_name: str | None,
        *,
        is_target: bool,
        buffer_size: int,
        resume: bool,
        overwrite: bool,
    ):
        self.paths = (path,)
        self.label_name = label_name
        self.n_kept = 0
        self.skipped: list[Skipped] = []
        self._is_target = is_target
        self._buffer_size = buffer_size
        self._resume = resume
        self._journal = Journal(folder)
        self._unrecorded: tuple[int, list[Embeddings]] = (0, [])
        self._begun = self._is_resumed = False
        if self._journal.settings and not (resume or overwrite):
            raise SinkError(
                f"{path} was begun by an earlier run, which embedded {self._journal.n_rows()} images: say --resume "
                "to go on, or --overwrite to begin again."
            )

    def __enter__(self) -> Self:
        if self.is_whole:
            return self
        with as_sink_error(self.paths[0]):
            self._journal.lock(self.paths[0])
            if not self._resume:
                self._journal.clear()
            self.n_kept = self._journal.n_rows()
            self.skipped = self._journal.skipped()
        return self

    def resume(self, source: "Source", fingerprint: str) -> "Source":
        """Return what is left of a source: all of it if nothing was begun.

        Raises
        ------
        SinkError
            What was begun, or is whole, has another fingerprint, other labels or other images.
        """
        self._is_resumed = True
        now = {"fingerprint": fingerprint, "label_name": self.label_name, "is_target": self._is_target}
        n_each = (len(source.columns) if self.joins_rows else 0) or 1
        if self.is_whole:
            return self._not_in_output(source, now, n_each)
        if not self._journal.settings:
            return source
        check_same_settings(self._journal.settings, now, f"{self.paths[0]} was begun")
        return rest_of(source, self._journal.blocks(), str(self.paths[0]), n_each)

    def _not_in_output(self, source: "Source", now: dict[str, Any], n_each: int) -> "Source":
        output = str(self.paths[0])
        try:
            saved = self._read_output()
        except SourceError as error:
            raise SinkError(
                f"{output} is there already, and nothing to go on with ({error}): choose another name, or say "
                "--overwrite."
            ) from error
        if self.joins_rows:
            now |= {"columns": tuple(source.columns)}
        check_same_settings(vars(saved), now, f"{output} was made")
        self.n_kept = len(saved.keys)
        return not_in(source, saved, output, n_each)

    def write(self, embeddings: Embeddings) -> None:
        """Append some images' features.

        Raises
        ------
        SinkError
            The disk is full, say; or the features are not like those before; or the output is whole without them.
        """
        if self.is_whole:
            self._check_nothing_new(embeddings)
            return
        with as_sink_error(self.paths[0]):
            if not self._begun:
                self._begin(embeddings)
            if embeddings.fingerprint != self._journal.settings["fingerprint"]:
                raise SinkError(
                    f"{self.paths[0]} has features of {self._journal.settings['fingerprint']}; those of "
                    f"{embeddings.fingerprint} belong in another file."
                )
            self._save(embeddings)
            _, parts = self._unrecorded
            parts.append(replace(embeddings, features=np.empty((0, 0), np.float32)))
            if sum(map(len, parts)) >= self._buffer_size:
                self._record()

    def _check_nothing_new(self, embeddings: Embeddings) -> None:
        if len(embeddings):
            raise SinkError(
                f"{self.paths[0]} is whole without {embeddings.keys[0]}, which can be read now: choose another "
                "name, or say --overwrite to begin again."
            )

    def n_safe(self) -> int:
        """Count the images that a later run need not embed again; 0 when the output is complete."""
        return self._journal.n_rows()

    def _begin(self, embeddings: Embeddings) -> None:
        if self.n_kept and not self._is_resumed:
            raise SinkError(f"{self.paths[0]} has images already: ask resume(source, fingerprint) what is left.")
        settings = {
            "fingerprint": embeddings.fingerprint,
            "weights": embeddings.weights,
            "label_name": self.label_name,
            "is_target": self._is_target,
            "columns": list(embeddings.columns),
            "shape": list(embeddings.features.shape[1:]),
        }
        self._unrecorded = (self._journal.begin(settings), [])
        self._open(self._journal.n_rows())
        self._begun = True

    def _record(self) -> None:
        start, parts = self._unrecorded
        if parts:
            self._sync()
            # One assignment: whenever an interrupt comes, the block is written again at its place, or not again.
            self._unrecorded = (self._journal.append(parts, start), [])

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: object) -> None:
        if self.is_whole:
            return
        try:
            if kind is None:
                with as_sink_error(self.paths[0]):
                    self._record()
                    self._close()
                    self._publish(self._journal.settings)
                self._journal.remove()
            else:
                # What was stopped is worth keeping; why it stopped is worth more than why it could not be kept.
                with suppress(OSError):
                    self._record()
        finally:
            try:
                self._close()
            finally:
                self._leave()

    def _leave(self) -> None:
        try:
            if self._journal.is_locked and not self._journal.n_rows():
                self._journal.remove()
        finally:
            self._journal.unlock()

    def _read_output(self) -> SavedFeatures:
        """Read all of a whole output but its features.

        Raises
        ------
        SourceError
            It is damaged, or none of features.
        """
        raise NotImplementedError

    def _open(self, n_rows: int) -> None:
        """Get ready to save, after that many rows."""

    def _save(self, embeddings: Embeddings) -> None:
        """Save features."""
        raise NotImplementedError

    def _sync(self) -> None:
        """See to it that what was saved is on the disk."""

    def _close(self) -> None:
        """Close what `_open` opened."""

    def _publish(self, settings: dict[str, Any]) -> None:
        """Make the output of what is saved; `settings` are empty where nothing was written."""
        raise NotImplementedError
