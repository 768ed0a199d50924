"""The interface of sinks, the base class of sinks that cannot be resumed, and the list of skipped images."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from ..atomic_files import AtomicFile, AtomicFiles, as_sink_error
from ..records import Embeddings, Skipped
from .saved_features import check_vectors


class Sink(Protocol):
    """A sink: a context manager that writes features batch by batch.

    Its files appear when the ``with`` block ends without an error; otherwise nothing is left, or only the work that a
    later run can resume.

    Attributes
    ----------
    paths : tuple of Path
        The files, or the folder.
    resumable : bool
        Whether a later run can continue a stopped run: then it is a `ResumableSink`.
    joins_rows : bool
        Whether several images of a row have to be joined to one vector, as by `stream_rows`.
    """

    paths: tuple[Path, ...]
    resumable: bool
    joins_rows: bool

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: object) -> None: ...

    def write(self, embeddings: Embeddings) -> None:
        """Append the features of some images."""


def write_skipped(file: AtomicFile, skipped: Sequence[Skipped]) -> None:
    """Write skipped images with their reasons as CSV.

    Raises
    ------
    SinkError
        The file cannot be written, for example because the disk is full.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["key", "reason"])
    writer.writerows((each.key, each.reason) for each in skipped)
    with file:
        file.write(text.getvalue().encode())


class FeatureFiles(AtomicFiles):
    """A base class of sinks that write features batch by batch; the parameters are those of `AtomicFiles`."""

    resumable = False
    joins_rows = True

    def write(self, embeddings: Embeddings) -> None:
        """Append the features of some images.

        Raises
        ------
        SinkError
            The file cannot be written, or the features are maps.
        """
        check_vectors(embeddings)
        with as_sink_error(self.paths[0]):
            self._write(embeddings)

    def _write(self, embeddings: Embeddings) -> None:
        raise NotImplementedError
