"""Embed the images of a table in a thread of its own, beside the run of a widget."""

from dataclasses import dataclass

from AnyQt.QtCore import QObject, pyqtSignal
from Orange.data import Table, Variable
from Orange.widgets.utils.concurrent import ConcurrentMixin, TaskState

from ...bakeoff.candidates import Candidate
from ...embedding.embedder import Embedder
from ...errors import Cancelled
from ...orange.embed_table import embed_table


@dataclass(frozen=True, eq=False)
class RowEmbeddings:
    """The embeddings of a table by a candidate.

    Attributes
    ----------
    candidate : Candidate
    embedder : Embedder
        The embedder with its networks loaded, which computes features of other tables while this is kept.
    embeddings : Orange.data.Table or None
        As `embed_table` returns them.
    """

    candidate: Candidate
    embedder: Embedder
    embeddings: Table | None


def embed_by(candidate: Candidate, data: Table, column: Variable, state: TaskState) -> RowEmbeddings:
    """Return the features of the images that a column names. This runs in a thread.

    Raises
    ------
    TransferLearningError
        `Cancelled` if `state` was interrupted; the errors of `embed_table`.
    """

    def check_cancelled(fraction: float) -> None:
        if state.is_interruption_requested():
            raise Cancelled("The run was cancelled.")

    embedder = candidate.embedder().load(check_cancelled)
    embeddings, _ = embed_table(data, embedder, column, check_cancelled)
    return RowEmbeddings(candidate, embedder, embeddings)


class RowEmbedding(QObject, ConcurrentMixin):
    """Runs `embed_by` in a thread, one run at a time: the next one replaces it.

    Signals
    -------
    done : RowEmbeddings
    failed : Exception
    """

    done = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(self) -> None:
        QObject.__init__(self)
        ConcurrentMixin.__init__(self)

    def on_done(self, result: RowEmbeddings) -> None:
        """Send the result of a run."""
        self.done.emit(result)

    def on_exception(self, ex: Exception) -> None:
        """Send the error of a run."""
        self.failed.emit(ex)
