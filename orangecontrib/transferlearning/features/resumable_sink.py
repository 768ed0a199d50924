"""The base class of sinks that a later run can resume, with a journal of the finished rows."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..atomic_files import as_sink_error
from ..errors import SinkError, SourceError
from ..part_folder import DamagedWorkError
from ..plurals import pl
from ..records import Embeddings, Skipped
from ..sources.keys import shortened
from .journal import Journal
from .resuming import check_same_settings, select_missing, skip_done
from .saved_features import SavedFeatures
from .storable_text import check_embeddings, check_source

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
        An earlier run has begun this output, and neither `resume` nor `overwrite` is set; or its work is damaged, and
        is not overwritten.
    """

    resumable = True
    joins_rows = True
    is_whole = False
    as_cells = False
    as_arrays = False

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
        self._journal.check_free(path)
        self._unrecorded: tuple[int, list[tuple[Embeddings, int]]] = (0, [])
        self._begun = self._is_resumed = self._is_lost = False
        self._n_written = 0
        if resume or not overwrite:
            self._journal.check()
        if self._journal.settings and not (resume or overwrite):
            n_rows = self._journal.n_rows()
            raise SinkError(
                f"{path} was begun by an earlier run, which embedded {n_rows} {pl(n_rows, 'image')}: say --resume "
                "to go on, or --overwrite to begin again."
            )

    def __enter__(self) -> Self:
        if self.is_whole and not self._journal.folder.exists():
            return self
        with as_sink_error(self.paths[0]):
            self._journal.lock(self.paths[0])
            try:
                self._take_over()
            except BaseException:
                self._journal.unlock()
                raise
        return self

    def _take_over(self) -> None:
        """Check the work of an earlier run, or remove it."""
        if self.is_whole:
            # A run that was killed at its end has left it.
            self._journal.remove()
            return
        if self._resume:
            self._journal.check()
        else:
            self._discard()
            self._journal.clear()
        self.n_kept = self._journal.n_rows()
        self.skipped = self._journal.skipped()
        if self.n_kept:
            self._check_kept()

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

    def check(self, source: "Source") -> None:
        """Check that the output can hold the texts of a source; see `Sink.check`."""
        check_source(source, str(self.paths[0]), as_cells=self.as_cells, as_arrays=self.as_arrays)

    def write(self, embeddings: Embeddings) -> None:
        """Append the features of some images.

        Raises
        ------
        SinkError
            The file cannot be written or cannot hold a text, the features differ from those before, or the output is
            complete without them.
        """
        if self.is_whole:
            self._check_nothing_new(embeddings)
            return
        check_embeddings(embeddings, self.label_name, as_cells=self.as_cells)
        with as_sink_error(self.paths[0]):
            if not self._begun:
                self._begin(embeddings)
            if embeddings.fingerprint != self._journal.settings["fingerprint"]:
                raise SinkError(
                    f"{self.paths[0]} has features of {self._journal.settings['fingerprint']}; those of "
                    f"{embeddings.fingerprint} belong in another file."
                )
            _, parts = self._unrecorded
            checksum = self._save(embeddings, parts[-1][1] if parts else self._journal.checksum)
            parts.append((replace(embeddings, features=np.empty((0, 0), np.float32)), checksum))
            self._n_written += len(embeddings)
            if sum(len(part) for part, _ in parts) >= self._buffer_size:
                self._record()

    def _check_nothing_new(self, embeddings: Embeddings) -> None:
        if len(embeddings):
            raise SinkError(
                f"{self.paths[0]} is whole without {shortened(embeddings.keys[0])}, which can be read now: choose "
                "another name, or say --overwrite to begin again."
            )

    def n_safe(self) -> int:
        """Return the number of images that a later run does not embed again; 0 if the output is complete, or lost."""
        try:
            return 0 if self._is_lost else self._journal.n_rows()
        except DamagedWorkError:
            return 0

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
            self._journal.checksum = parts[-1][1]
            self._unrecorded = (self._journal.append([part for part, _ in parts], start), [])

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: object) -> None:
        if self.is_whole:
            return
        try:
            if kind is None:
                with as_sink_error(self.paths[0]):
                    self._record()
                    self._close()
                    self._check_count()
                    self._publish(self._journal.settings)
                self._journal.remove()
            else:
                # Keep the work if possible; an error here must not hide the error that stopped the run.
                with suppress(OSError):
                    self._record()
        except DamagedWorkError:
            self._is_lost = True
            raise
        finally:
            try:
                self._close()
            finally:
                self._leave()

    def _check_count(self) -> None:
        self._journal.check_held()
        if self._journal.n_rows() != self.n_kept + self._n_written:
            folder = self._journal.folder
            raise DamagedWorkError(folder, f"Some of the images that were embedded are no longer listed in {folder}")

    def _leave(self) -> None:
        try:
            # Damaged work stays until it is begun again.
            with suppress(DamagedWorkError):
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

    def _check_kept(self) -> None:
        """Raise `DamagedWorkError` if the features that an earlier run has saved are not as they were written."""
        raise NotImplementedError

    def _discard(self) -> None:
        """Remove what an earlier run has put in place, before its journal is cleared."""

    def _open(self, n_rows: int) -> None:
        """Prepare to save features after `n_rows` rows."""

    def _save(self, embeddings: Embeddings, before: int) -> int:
        """Save features, and return their checksum, given that of the features before."""
        raise NotImplementedError

    def _sync(self) -> None:
        """Wait until the saved features are on the disk."""

    def _close(self) -> None:
        """Close what `_open` opened."""

    def _publish(self, settings: dict[str, Any]) -> None:
        """Write the output from the saved features; `settings` are empty if nothing was saved."""
        raise NotImplementedError
