"""The interface of sinks, and the file of skipped images."""

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
    """A context manager that features are written to, batch by batch.

    Its files appear under their names when the ``with`` block ends well; otherwise nothing is left behind, or what
    a later run goes on with.

    Attributes
    ----------
    paths : tuple of Path
        The files that appear, or the folder.
    resumable : bool
        Whether a later run can go on where this one stops: then it is a `ResumableSink`.
    joins_rows : bool
        Whether the images of a row, where a source has several, are to come as one vector, as `stream_rows` gives it.
    """

    paths: tuple[Path, ...]
    resumable: bool
    joins_rows: bool

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: object) -> None: ...

    def write(self, embeddings: Embeddings) -> None:
        """Append some images' features."""


class SkippedFile(AtomicFiles):
    """A CSV file of images that gave no features, with reasons.

    Parameters
    ----------
    path : path
    overwrite : bool
        Whether a file that is there may be replaced.
    inputs : sequence of path
        Files that are being read or written otherwise, which are never replaced.
    """

    opening = CSV_FILE

    def __init__(self, path: PathLike, *, overwrite: bool = False, inputs: Sequence[PathLike] = ()):
        super().__init__((_named(path),), overwrite, inputs)

    def write(self, skipped: Sequence[Skipped]) -> None:
        """Write all of them.

        Raises
        ------
        SinkError
            The disk is full, say.
        """
        with as_sink_error(self.paths[0]):
            writer = csv.writer(self._files[0], lineterminator="\n")
            writer.writerow(["key", "reason"])
            writer.writerows((each.key, each.reason) for each in skipped)


def _named(path: PathLike) -> Path:
    text = os.fspath(path)
    if Path(text).name in ("", "..") or text.endswith(("/", os.sep)):
        raise SinkError(f"{text or 'Nothing'} names no file to write: give a file name.")
    return Path(text).expanduser()


class FeatureFiles(AtomicFiles):
    """Files that features are written to, batch by batch; the parameters are those of `AtomicFiles`."""

    resumable = False
    joins_rows = True

    def write(self, embeddings: Embeddings) -> None:
        """Append some images' features.

        Raises
        ------
        SinkError
            The disk is full, say; or the features are maps.
        """
        check_vectors(embeddings)
        with as_sink_error(self.paths[0]):
            self._write(embeddings)

    def _write(self, embeddings: Embeddings) -> None:
        raise NotImplementedError
