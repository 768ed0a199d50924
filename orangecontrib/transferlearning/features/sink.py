"""The interface of sinks, and the base class of sinks that cannot be resumed."""

from pathlib import Path
from typing import Protocol, Self

from ..atomic_files import AtomicFiles, as_sink_error
from ..records import Embeddings
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
