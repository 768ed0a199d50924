"""The interface of sinks, and the base class of sinks that cannot be resumed."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from ..atomic_files import AtomicFiles, as_sink_error
from ..records import Embeddings
from .saved_features import check_vectors
from .storable_text import check_embeddings, check_source

if TYPE_CHECKING:
    from ..records import Source


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

    def check(self, source: "Source") -> None:
        """Check, before the first image is read, that the output can hold the names, keys, labels and metas.

        Raises
        ------
        SinkError
            A text has a character that a file cannot hold, or is too long.
        """

    def write(self, embeddings: Embeddings) -> None:
        """Append the features of some images."""


class FeatureFiles(AtomicFiles):
    """A base class of sinks that write features batch by batch; the parameters are those of `AtomicFiles`."""

    resumable = False
    joins_rows = True
    as_cells = False
    as_arrays = False
    label_name: str | None = None

    def check(self, source: "Source") -> None:
        """Check that the output can hold the texts of a source; see `Sink.check`."""
        check_source(source, str(self.paths[0]), as_cells=self.as_cells, as_arrays=self.as_arrays)

    def write(self, embeddings: Embeddings) -> None:
        """Append the features of some images.

        Raises
        ------
        SinkError
            The file cannot be written or cannot hold a text, or the features are maps.
        """
        check_vectors(embeddings)
        check_embeddings(embeddings, self.label_name, as_cells=self.as_cells)
        with as_sink_error(self.paths[0]):
            self._write(embeddings)

    def _write(self, embeddings: Embeddings) -> None:
        raise NotImplementedError
