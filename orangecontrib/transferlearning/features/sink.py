"""The interface of sinks, the base class of sinks that cannot be resumed, and the file of skipped images."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from ..atomic_files import CSV_FILE, AtomicFiles, PathLike, as_sink_error
from ..errors import SinkError
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


class SkippedFile(AtomicFiles):
    """A CSV file of skipped images, with reasons.

    Parameters
    ----------
    path : path
    overwrite : bool
        Whether an existing file may be replaced.
    inputs : sequence of path
        Files that are being read or written elsewhere; they are never replaced.
    """

    opening = CSV_FILE

    def __init__(self, path: PathLike, *, overwrite: bool = False, inputs: Sequence[PathLike] = ()):
        super().__init__((file_path(path),), overwrite, inputs)

    def write(self, skipped: Sequence[Skipped]) -> None:
        """Write the skipped images.

        Raises
        ------
        SinkError
            The file cannot be written, for example because the disk is full.
        """
        with as_sink_error(self.paths[0]):
            writer = csv.writer(self._files[0], lineterminator="\n")
            writer.writerow(["key", "reason"])
            writer.writerows((each.key, each.reason) for each in skipped)


def file_path(path: PathLike) -> Path:
    """Return a path with ``~`` expanded, or raise `SinkError` if it does not name a file."""
    text = os.fspath(path)
    if Path(text).name in ("", "..") or text.endswith(("/", os.sep)):
        raise SinkError(f"{text!r} is not the name of a file: name a file to write.")
    return Path(text).expanduser()


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
