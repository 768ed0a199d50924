"""The widget Keras Embedding: a table that names pictures in, the same table with a network's features out."""

import time
from dataclasses import dataclass
from pathlib import Path

from AnyQt.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton
from Orange.data import Table, Variable
from Orange.preprocess.preprocess import Preprocess
from Orange.widgets import gui
from Orange.widgets.settings import ContextSetting, DomainContextHandler, Setting, SettingProvider
from Orange.widgets.utils.concurrent import ConcurrentWidgetMixin, TaskState
from Orange.widgets.utils.itemmodels import VariableListModel
from Orange.widgets.utils.localization import pl
from Orange.widgets.utils.widgetpreview import WidgetPreview
from Orange.widgets.widget import Input, Msg, Output, OWWidget

from ..embedder import Embedder
from ..errors import SettingError, TransferLearningError, UnknownBackboneError, WeightsError
from ..featurepreprocessor import FeaturePreprocessor
from ..imagecolumns import image_columns
from ..table import embed_table
from .controls.network import MARGINS, NetworkBox
from .controls.progress import Progress, duration
from .controls.stepsrow import StepsRow

WIDE = 5000  # Columns beyond which Orange's other widgets become slow.


@dataclass(frozen=True, eq=False)
class Result:
    """What a run gave.

    Attributes
    ----------
    column : Variable
        Where the data named its pictures.
    backbone : str
    layers : tuple of str
        All of the network's.
    image_size : tuple of int
        (height, width) that the network read, in pixels.
    n_features : int
    embeddings, skipped : Orange.data.Table or None
        As `embed_table` returns them.
    seconds : float
        Without loading the network.
    engine : str
        What ran the network.
    """

    column: Variable
    backbone: str
    layers: tuple[str, ...]
    image_size: tuple[int, int]
    n_features: int
    embeddings: Table | None
    skipped: Table | None
    seconds: float
    engine: str


def embed_pictures(data: Table, column: Variable, embedder: Embedder, state: TaskState) -> Result:
    """Embed the pictures that a column names, in a thread, telling `state` how far it is.

    Raises
    ------
    TransferLearningError
        `Cancelled`, once `state` asks for it; else what `Embedder.load` raises.
    """
    progress = Progress(state, embedder.record.title, len(data))
    embedder.load(progress.downloaded)
    start = time.monotonic()
    embeddings, skipped = embed_table(data, embedder, column, progress.embedded)
    seconds, network = time.monotonic() - start, embedder.network
    facts = (embedder.backbone, network.layers, network.image_size, network.n_features)
    return Result(column, *facts, embeddings, skipped, seconds, embedder.engine_title)


class OWKerasEmbedding(OWWidget, ConcurrentWidgetMixin):
    """Embeds the pictures that a table names."""

    name = "Keras Embedding"
    description = "Turn pictures into columns with a Keras network, on this computer."
    icon = "icons/KerasEmbedding-symbolic.svg"
    priority = 100
    keywords = "keras embedding, image embedding, transfer learning, features, deep learning, tensorflow, cnn"

    want_main_area = False
    resizing_enabled = False
    settings_version = 1

    class Inputs:
        """A table that names pictures."""

        images = Input("Images", Table)

    class Outputs:
        """The table with features, the rows without any, and what has a learner read these features."""

        embeddings = Output("Embeddings", Table, default=True, dynamic=False)
        skipped_images = Output("Skipped Images", Table, dynamic=False)
        preprocessor = Output("Preprocessor", Preprocess, dynamic=False, auto_summary=False)

    class Information(OWWidget.Information):
        """What is worth knowing."""

        random_weights = Msg("Random weights: the network has learned nothing.")

    class Warning(OWWidget.Warning):
        """What may surprise."""

        images_skipped = Msg("{}")
        wide = Msg("{:,} features make other widgets slow: pooling 'Average' gives fewer.")

    class Error(OWWidget.Error):
        """Why nothing was sent."""

        no_image_column = Msg(
            "No text or categorical meta column could name pictures: make it a meta in File or Select Columns."
        )
        setting = Msg("{}")
        weights = Msg("{}")
        all_skipped = Msg("{}")
        memory = Msg("Not enough memory: lower the batch size, or choose pooling 'Average'.")
        failed = Msg("{}")

    settingsHandler = DomainContextHandler()
    network_box = SettingProvider(NetworkBox)
    image_column: Variable | None = ContextSetting(None)
    steps: str = Setting("")
    auto_apply: bool = Setting(True)

    def __init__(self) -> None:
        OWWidget.__init__(self)
        ConcurrentWidgetMixin.__init__(self)
        self.data: Table | None = None
        self.result: Result | None = None
        self.network_box = NetworkBox(self)
        self._add_pictures_box()
        self.network_box.changed.connect(self._setting_changed)
        self.controlArea.layout().addWidget(self.network_box)
        self._add_status()
        self.apply_box = gui.auto_apply(self.buttonsArea, self)
        self.commit.now()

    def _add_pictures_box(self) -> None:
        self.column_model = VariableListModel()
        self.column_combo = gui.comboBox(
            None, self, "image_column", model=self.column_model, callback=self._setting_changed, searchable=True
        )
        privacy = QLabel("Pictures stay on this computer.")
        privacy.setToolTip("Pictures that the table names by a URL are fetched from there.")
        form = QFormLayout(fieldGrowthPolicy=QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        gui.widgetBox(self.controlArea, "Pictures", orientation=form)
        form.setContentsMargins(*MARGINS)
        form.addRow("Image column:", self.column_combo)
        form.addRow("", privacy)
        self.steps_row = StepsRow(self.steps)
        self.steps_row.changed.connect(self._steps_changed)
        form.addRow("Steps:", self.steps_row)
        self.network_box.first_label.setMinimumWidth(form.labelForField(self.column_combo).sizeHint().width())

    def _add_status(self) -> None:
        self.status = QLabel()
        self.cancel_button = QPushButton("Cancel", autoDefault=False, clicked=self._cancel_clicked)
        policy = self.cancel_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.cancel_button.setSizePolicy(policy)
        self.cancel_button.hide()
        row = QHBoxLayout()
        row.addWidget(self.status, 1)
        row.addWidget(self.cancel_button)
        self.controlArea.layout().addLayout(row)

    @Inputs.images
    def set_images(self, data: Table | None) -> None:
        """Take a table, and find its column of pictures."""
        self.closeContext()
        self.data = data
        columns = [] if data is None else image_columns(data.domain)
        self.column_model[:] = columns
        self.image_column = columns[0] if columns else None
        if columns:
            self.openContext(data.domain)
            if self.image_column not in columns:
                self.image_column = columns[0]
        self._send(None)
        self.commit.now()

    def _steps_changed(self, steps: str) -> None:
        self.steps = steps
        self._setting_changed()

    def _setting_changed(self) -> None:
        self.commit.deferred()

    def workflowEnvChanged(self, key: str, value: str, oldvalue: str) -> None:
        """Keep the weights file's place relative to the workflow, which was saved or moved."""
        if key == "basedir":
            self.network_box.relocate()

    @gui.deferred
    def commit(self) -> None:
        """Embed the pictures anew, with the settings as they are."""
        self.cancel()
        self.clear_messages()
        self.status.clear()
        self.apply_box.button.setText("Apply Automatically" if self.auto_apply else "Apply")
        self.Information.random_weights(shown=self.network_box.weights == "random")
        self.Error.no_image_column(shown=self.data is not None and self.image_column is None)
        try:
            embedder = self.network_box.embedder(tuple(self.steps.split()))
        except (UnknownBackboneError, WeightsError) as error:
            self._fail(error)
            return
        if self.image_column is None or len(self.data) == 0:
            self._send(None)
            return
        self.start(embed_pictures, self.data, self.image_column, embedder)
        self.cancel_button.show()

    def cancel(self) -> None:
        """Stop the run, if there is one, within a batch; nothing of it is sent."""
        super().cancel()
        self.cancel_button.hide()

    def _cancel_clicked(self) -> None:
        self.cancel()
        self.status.setText("Cancelled")
        self.commit.dirty = True
        self.apply_box.button.setText("Apply")
        self.apply_box.button.setEnabled(True)

    def setStatusMessage(self, text: str) -> None:
        """Show a run's progress here too; the canvas forgets it when the run ends, the widget does not."""
        super().setStatusMessage(text)
        if text:
            self.status.setText(text)

    def on_partial_result(self, result: object) -> None:
        """Do nothing: no result comes before the end of a run."""

    def on_done(self, result: Result) -> None:
        """Send what a run gave."""
        self.cancel_button.hide()
        self.network_box.learn_from_run(result.backbone, result.layers, result.n_features)
        self._send(result)
        rate = f", {len(self.data) / result.seconds:.1f} a second by {result.engine}" if result.seconds else ""
        self.status.setText(f"{_pictures(len(self.data))} in {duration(result.seconds)}{rate}")
        if result.skipped is not None:
            message = self.Error.all_skipped if result.embeddings is None else self.Warning.images_skipped
            message(_skipped_in_words(result.skipped, result.column))
        if result.n_features > WIDE:
            self.Warning.wide(result.n_features)

    def on_exception(self, error: Exception) -> None:
        """Show what went wrong in words; leave what nobody foresaw to Orange's error report."""
        if not isinstance(error, TransferLearningError | MemoryError):
            self.cancel()
            raise error
        self._fail(error)

    def _fail(self, error: TransferLearningError | MemoryError) -> None:
        self.cancel_button.hide()
        self.status.clear()
        self._send(None)
        if isinstance(error, MemoryError):
            self.network_box.forget()
            self.Error.memory()
        elif isinstance(error, WeightsError):
            self.Error.weights(error)
        elif isinstance(error, SettingError | UnknownBackboneError):
            self.Error.setting(error)
        else:
            self.Error.failed(error)

    def _send(self, result: Result | None) -> None:
        self.result = result
        self.Outputs.embeddings.send(result and result.embeddings)
        self.Outputs.skipped_images.send(result and result.skipped)
        self.Outputs.preprocessor.send(result and _preprocessor(result))

    def send_report(self) -> None:
        """Report the settings and what the run gave."""
        self.report_items("Network", self.network_box.described())
        if self.steps:
            self.report_items("Pictures", [("Steps", self.steps)])
        if self.data is not None:
            self.report_data("Data", self.data)
        if self.result is None:
            return
        height, width = self.result.image_size
        self.report_items(
            "Embeddings",
            [
                ("Pictures read at", f"{width} × {height} pixels"),
                ("Features", self.result.n_features),
                ("Pictures embedded", len(self.result.embeddings or ())),
                ("Pictures skipped", len(self.result.skipped or ())),
                ("Time", f"{duration(self.result.seconds)} ({self.result.engine})"),
            ],
        )

    def onDeleteWidget(self) -> None:
        """End the run, after the batch in hand."""
        self.shutdown()
        super().onDeleteWidget()


def _pictures(number: int) -> str:
    return f"{number} {pl(number, 'picture')}"


def _preprocessor(result: Result) -> FeaturePreprocessor | None:
    if result.embeddings is None:
        return None
    return FeaturePreprocessor(result.embeddings.domain.attributes[-result.n_features :])


def _skipped_in_words(skipped: Table, column: Variable) -> str:
    which = "" if len(skipped) == 1 else "the first, "
    return f"{_pictures(len(skipped))} skipped: {which}{skipped[0, column]}: {skipped[0].metas[-1]}."


if __name__ == "__main__":  # pragma: no cover
    WidgetPreview(OWKerasEmbedding).run(Table(str(Path(__file__).parents[1] / "tutorials" / "drawings.tab")))
