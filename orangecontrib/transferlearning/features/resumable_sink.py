"""The base class of sinks that a later run can resume, with a journal of the finished rows."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..atomic_files import as_sink_error
from ..errors import SinkError, SourceError
from ..records import Embeddings, Skipped
from .journal import Journal
from .resuming import check_same_settings, select_missing, skip_done
from .saved_features import SavedFeatures

if TYPE_CHECKING:
    from ..records import Source


BUFFER_ROWS = 1000
"""Number of rows after which the journal is written."""


class ResumableSink:
    """The base class of sinks that keep the work of a stopped or killed run, so that a later run can resume it.

    In the `with` block, call `resume` and embed the source that it returns.

    Parameters
    ----------
    path : Path
        Path of the output.
    folder : Path
        Folder of the journal.
    label_name : str or None
        None for no labels.
    is_target : bool
        Whether labels are numbers to predict, not classes.
    buffer_size : int
        Number of rows after which the journal is written; more if a batch ends later.
    resume : bool
        Whether to continue an earlier run.
    overwrite : bool
        Whether to replace an existing output; without `resume`, an earlier run is then discarded.

    Attributes
    ----------
    n_kept : int
        Number of images that an earlier run embedded.
    skipped : list of Skipped
        Images that the earlier run could not read.
    is_whole : bool
        Whether the output is complete already. Then `resume` checks that it fits this run, and returns the images of
        the source that are not in it. The output does not change.

    Raises
    ------
    SinkError
        An earlier run has begun this output, and neither `resume` nor `overwrite` is set.
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
        """Return the images of a source that are left; all of them if no run has begun.

        Raises
        ------
        SinkError
            The earlier output has another fingerprint, other labels or other images.
        """
        self._is_resumed = True
        now = {"fingerprint": fingerprint, "label_name": self.label_name, "is_target": self._is_target}
        n_per_row = (len(source.columns) if self.joins_rows else 0) or 1
        if self.is_whole:
            return self._not_in_output(source, now, n_per_row)
        if not self._journal.settings:
            return source
        check_same_settings(self._journal.settings, now, f"{self.paths[0]} was begun")
        return skip_done(source, self._journal.blocks(), str(self.paths[0]), n_per_row)

    def _not_in_output(self, source: "Source", now: dict[str, Any], n_per_row: int) -> "Source":
        output = str(self.paths[0])
        try:
            saved = self._read_output()
        except SourceError as error:
            raise SinkError(
                f"{output} is there already, and cannot be resumed ({error}): choose another name, or say --overwrite."
            ) from error
        if self.joins_rows:
            now |= {"columns": tuple(source.columns)}
        check_same_settings(vars(saved), now, f"{output} was made")
        self.n_kept = len(saved.keys)
        return select_missing(source, saved, output, n_per_row)

    def write(self, embeddings: Embeddings) -> None:
        """Append the features of some images.

        Raises
        ------
        SinkError
            The file cannot be written, the features differ from those before, or the output is complete without them.
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
        """Return the number of images that a later run does not embed again; 0 if the output is complete."""
        return self._journal.n_rows()

    def _begin(self, embeddings: Embeddings) -> None:
        if self.n_kept and not self._is_resumed:
            raise SinkError(f"{self.paths[0]} has images already: call resume(source, fingerprint) first.")
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
            # With a single assignment, an interrupt cannot make the journal list the block twice.
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
                # Keep the work if possible; an error here must not hide the error that stopped the run.
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
        """Open the complete output, to compare it with a source.

        Raises
        ------
        SourceError
            The output is damaged, or not one of features.
        """
        raise NotImplementedError

    def _open(self, n_rows: int) -> None:
        """Prepare to save features after `n_rows` rows."""

    def _save(self, embeddings: Embeddings) -> None:
        """Save features."""
        raise NotImplementedError

    def _sync(self) -> None:
        """Wait until the saved features are on the disk."""

    def _close(self) -> None:
        """Close what `_open` opened."""

    def _publish(self, settings: dict[str, Any]) -> None:
        """Write the output from the saved features; `settings` are empty if nothing was saved."""
        raise NotImplementedError
