"""The widget Compare Networks: presets and networks side by side on the images of a table."""

from dataclasses import dataclass
from pathlib import Path

from AnyQt.QtCore import QSize, Qt
from AnyQt.QtWidgets import QSplitter
from Orange.data import Domain, Table, Variable
from Orange.widgets import gui
from Orange.widgets.settings import Setting, SettingProvider
from Orange.widgets.utils.concurrent import TaskState
from Orange.widgets.utils.localization import pl
from Orange.widgets.utils.widgetpreview import WidgetPreview
from Orange.widgets.widget import Msg, Output, OWWidget

from ..bakeoff.candidates import Candidate, backbone_candidate, preset_candidate
from ..bakeoff.comparison import Comparison, ComparisonRow, ComparisonSettings
from ..bakeoff.table_images import table_images
from ..embedding.cache import FeatureCache, default_path
from ..embedding.presets import PRESETS
from ..errors import Cancelled, SettingError, TransferLearningError
from ..reports.comparison_table import comparison_table
from .controls.candidate_list import CandidateList, candidate_title
from .controls.comparison_list import ComparisonList, Key
from .controls.cross_validation_box import CrossValidationBox
from .controls.image_widget import ImageWidget, images_in_words, skipped_in_words
from .controls.keyboard import order_tabs
from .controls.plain_text import PlainLabel, PlainMessages
from .controls.row_embedding import RowEmbedding, RowEmbeddings, embed_by
from .controls.run_widget import RunWidget
from .controls.speed_view import SpeedView


@dataclass(frozen=True, eq=False)
class Work:
    """What is to be compared, and on which images.

    Attributes
    ----------
    data : Orange.data.Table
    column, group : Variable
        Columns of the images and, if not None, of the groups.
    candidates : list of Candidate
    settings : ComparisonSettings
    """

    data: Table
    column: Variable
    group: Variable | None
    candidates: list[Candidate]
    settings: ComparisonSettings

    @property
    def images(self) -> tuple[int, Variable, Variable | None]:
        """What determines the images, to compare with other work on tables that exist."""
        return id(self.data), self.column, self.group


def compare(work: Work, known: Comparison | None, state: TaskState) -> Comparison:
    """Compare networks; the comparison and each row are partial results. This runs in a thread.

    Parameters
    ----------
    work : Work
    known : Comparison, optional
        An earlier comparison on the same images, which goes on.
    state : TaskState

    Raises
    ------
    TransferLearningError
        `Cancelled` if `state` was interrupted; the errors of `Comparison` and of `table_images`.
    """

    def callback(fraction: float) -> None:
        if state.is_interruption_requested():
            raise Cancelled("The run was cancelled.")
        state.set_progress_value(100 * fraction)

    def tell(candidate: Candidate, stage: str) -> None:
        state.set_status(f"{candidate_title(candidate.name)}: {stage} ...")

    if known is None:
        state.set_status("Choosing the folds ...")
        known = Comparison(work.candidates, table_images(work.data, work.column, work.group), work.settings)
    else:
        known.choose(work.candidates, work.settings)
    state.set_partial_result(known)
    for row in known.run(callback, tell):
        state.set_partial_result(row)
    return known


class OWCompareNetworks(RunWidget):
    """A widget that compares presets and networks by cross-validation, and sends the embeddings of a chosen one."""

    name = "Compare Networks"
    description = "Compare how accurate and how fast networks are on images with classes."
    icon = "icons/CompareNetworks-symbolic.svg"
    priority = 102
    keywords = "compare networks, benchmark, cross-validation, accuracy, speed, choose backbone, preset, duplicates"

    settings_version = 1
    graph_name = "view"

    class Outputs:
        """Outputs: the table with the features of the selected row, and the rows of the comparison."""

        embeddings = Output("Embeddings", Table, default=True, dynamic=False)
        comparison = Output("Comparison", Table, dynamic=False)

    class Information(PlainMessages, OWWidget.Information):
        """Information messages of the widget."""

        unlabeled = Msg("{} without a class left out of the comparison.")
        alike = Msg("{}, in one fold.")

    class Warning(RunWidget.Warning):
        """Warnings of the widget."""

        alike = Msg("{}, so that accuracies may be too high: remove one of each, or keep them together.")

    memory_advice = "close other programs, or leave out the largest networks"

    cross_validation_box = SettingProvider(CrossValidationBox)
    candidates: list = Setting(list(PRESETS), usable=lambda names: all(type(name) is str for name in names))
    chosen_candidate: str = Setting("", schema_only=True)
    chosen_learner: str = Setting("", schema_only=True)

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[Key, ComparisonRow] = {}
        self._cache = FeatureCache(default_path())
        self._known: Comparison | None = None
        self._work: Work | None = None
        self._sent: tuple | None = None
        self._embedded: RowEmbeddings | None = None
        self._row_embedding = RowEmbedding()
        self._row_embedding.done.connect(self._row_embedded)
        self._row_embedding.failed.connect(self._row_failed)
        self._add_images_box()
        self._add_candidates()
        self.cross_validation_box = CrossValidationBox(self)
        self.cross_validation_box.changed.connect(self.commit.deferred)
        self.controlArea.layout().addWidget(self.cross_validation_box)
        self._add_run_row()
        self._add_views()
        order_tabs(self)
        self.commit.now()

    def sizeHint(self) -> QSize:
        """Return a size with room for the table and the chart."""
        return QSize(1060, 680)

    def _add_candidates(self) -> None:
        box = gui.widgetBox(self.controlArea, "Compared", spacing=4)
        self.candidate_list = CandidateList(self.candidates)
        self.candidate_list.changed.connect(self._candidates_chosen)
        box.layout().addWidget(self.candidate_list)

    def _add_views(self) -> None:
        self.list = ComparisonList()
        self.list.chosen.connect(self._row_chosen)
        self.view = SpeedView()
        self.view.clicked.connect(self.list.select_row)
        self.sent_label = PlainLabel(wordWrap=True)
        splitter = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        splitter.addWidget(self.list)
        splitter.addWidget(self.view)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([240, 400])
        self.mainArea.layout().addWidget(splitter, 1)
        self.mainArea.layout().addWidget(self.sent_label)
        self._say_what_is_sent()

    def _candidates_chosen(self) -> None:
        self.candidates = self.candidate_list.checked()
        self.commit.deferred()

    def _offer_columns(self, domain: Domain | None) -> list[Variable]:
        self.cross_validation_box.offer_columns(domain)
        return super()._offer_columns(domain)

    def _prepare_run(self) -> Work | None:
        if not self.candidates:
            raise SettingError("Nothing is chosen to be compared: check a preset or a network.")
        candidates = [self._candidate(name) for name in dict.fromkeys(self.candidates)]
        box = self.cross_validation_box
        settings = box.settings()
        if self.data is None or self.image_column is None:
            return None
        return Work(self.data, self.image_column, box.group_column, candidates, settings)

    def _candidate(self, name: str) -> Candidate:
        make = preset_candidate if name in PRESETS else backbone_candidate
        return make(name, cache=self._cache)

    def _forget_network(self) -> None:
        self._known = None

    def _start_run(self, work: Work) -> None:
        if self._work is None or work.images != self._work.images:
            self._known = None
        self._work = work
        self.rows = {}
        self.start(compare, work, self._known)

    def on_partial_result(self, result: Comparison | ComparisonRow) -> None:
        """Show a row; keep the comparison, which can go on later."""
        if isinstance(result, Comparison):
            self._known = result
            return
        self.rows[result.key] = result
        self._show_rows()

    def on_done(self, result: Comparison) -> None:
        """Show and send the rows of a comparison that is complete."""
        self._end_run()
        n_images = next(iter(self.rows.values())).n_images
        self.status.end(f"{result.settings.n_folds}-fold cross-validation on {images_in_words(n_images)}")

    def cancel_clicked(self) -> None:
        """Stop the comparison, and send the rows so far; "Apply" goes on with it."""
        super().cancel_clicked()
        self._end_run()

    def _fail(self, error: TransferLearningError | MemoryError) -> None:
        if isinstance(error, MemoryError):
            self._forget_network()
        ImageWidget._fail(self, error)
        self._end_run()

    def _end_run(self) -> None:
        """Send the rows, and tell what is to know about the images."""
        self._show_rows()
        rows = list(self.rows.values())
        self.Outputs.comparison.send(comparison_table(rows) if rows else None)
        if self._known is not None and rows:
            self._tell(self._known)

    def _show_rows(self) -> None:
        rows = list(self.rows.values())
        self.list.show_rows(rows, self._chosen)
        self.view.show_rows(rows, self._chosen)
        if self._chosen in self.rows:
            self._send_chosen()
        elif self.task is None:
            self._send_nothing()

    def _show_result(self, result: None) -> None:
        """Forget all rows, as those of other images."""
        self.rows, self._known = {}, None
        self.Outputs.comparison.send(None)
        self._show_rows()
        self._send_nothing()

    def _tell(self, comparison: Comparison) -> None:
        n_unlabeled, skipped = comparison.images.n_unlabeled, comparison.skipped
        if n_unlabeled:
            self.Information.unlabeled(images_in_words(n_unlabeled))
        if skipped:
            self.Warning.images_skipped(skipped_in_words(len(skipped), skipped[0].key, skipped[0].reason))
        if comparison.notes:
            self.Warning.notes("\n".join(comparison.notes))
        self._tell_of_duplicates(comparison)

    def _tell_of_duplicates(self, comparison: Comparison) -> None:
        found = comparison.duplicates
        if not found or not found.n_pairs:
            return
        pairs = f"{found.n_pairs} {pl(found.n_pairs, 'pair')} of images {pl(found.n_pairs, 'looks|look')} like the same"
        if not found.n_split:
            self.Information.alike(f"{pairs} photograph")
            return
        one, other = (comparison.images.items[row].key for row in found.first[0])
        self.Warning.alike(f"{pairs} photograph, {found.n_split} in different folds, such as {one} and {other}")

    @property
    def _chosen(self) -> Key | None:
        return (self.chosen_candidate, self.chosen_learner) if self.chosen_candidate else None

    def _row_chosen(self, key: Key | None) -> None:
        self.chosen_candidate, self.chosen_learner = key or ("", "")
        self.view.show_rows(list(self.rows.values()), key)
        if key is None:
            self._send_nothing()
        else:
            self._send_chosen()

    def _send_nothing(self) -> None:
        self._row_embedding.cancel()
        self._sent = self._embedded = None
        self.Outputs.embeddings.send(None)
        self._say_what_is_sent()

    def _send_chosen(self) -> None:
        """Compute the embeddings of the chosen row, from the cache, and send them; nothing if that is done."""
        what = id(self.data), self.image_column, self.chosen_candidate
        if what == self._sent:
            return
        self._sent, self._embedded = what, None
        if self.task is not None:
            # The next widget gets the embeddings now, not after the comparison.
            self.setInvalidated(False)
            self.Outputs.comparison.invalidate()
        self.Outputs.embeddings.invalidate()
        self._row_embedding.start(embed_by, self.rows[self._chosen].candidate, self.data, self.image_column)
        self._say_what_is_sent()

    def _row_embedded(self, result: RowEmbeddings) -> None:
        self._embedded = result
        self.Outputs.embeddings.send(result.embeddings)
        self._say_what_is_sent()

    def _row_failed(self, error: Exception) -> None:
        self._send_nothing()
        if not isinstance(error, TransferLearningError | MemoryError):
            raise error
        self._show_error(error)

    def _say_what_is_sent(self) -> None:
        if self._sent is None:
            words = "Select a row to send its embeddings."
        elif self._embedded is None:
            words = f"Embeddings by {candidate_title(self.chosen_candidate)} ..."
        else:
            n_features = self._embedded.embedder.n_features
            words = f"Sent: embeddings by {candidate_title(self.chosen_candidate)}, {n_features:,} features"
        self.sent_label.setText(words)

    def _report_settings(self) -> None:
        names = ", ".join(map(candidate_title, self.candidates))
        self.report_items("Comparison", [("Compared", names), *self.cross_validation_box.described()])

    def _report_result(self) -> None:
        if not self.rows:
            return
        self.report_table("Networks", self.list)
        self.report_plot("Accuracy and Speed", self.view)
        if self._chosen in self.rows:
            self.report_items("Embeddings", [("Computed by", candidate_title(self.chosen_candidate))])

    def onDeleteWidget(self) -> None:
        """Stop the comparison and the embedding after the current batch."""
        self._row_embedding.shutdown()
        super().onDeleteWidget()


if __name__ == "__main__":  # pragma: no cover
    WidgetPreview(OWCompareNetworks).run(Table(str(Path(__file__).parents[1] / "tutorials" / "drawings.tab")))
