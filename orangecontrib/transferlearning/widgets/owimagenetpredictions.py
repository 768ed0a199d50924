"""The widget ImageNet Predictions: which of ImageNet's classes pictures show, as columns and to look at."""

from collections import Counter
from pathlib import Path

from AnyQt.QtCore import QSize
from AnyQt.QtWidgets import QComboBox, QFormLayout, QLabel, QSpinBox
from Orange.data import Table, Variable
from Orange.widgets import gui
from Orange.widgets.settings import ContextSetting, DomainContextHandler, Setting
from Orange.widgets.utils.concurrent import ConcurrentWidgetMixin, TaskState
from Orange.widgets.utils.itemmodels import VariableListModel
from Orange.widgets.utils.localization import pl
from Orange.widgets.utils.widgetpreview import WidgetPreview
from Orange.widgets.widget import Input, Msg, Output, OWWidget

from ..backbones import BACKBONES
from ..cache import FeatureCache, default_path
from ..embedder import Embedder
from ..errors import SettingError, TransferLearningError, UnknownBackboneError, WeightsError
from ..imagecolumns import image_columns
from ..predictions import classes_layer
from ..predictiontable import N_RANKED, TablePredictions, predict_table
from .controls.facts import facts
from .controls.network import MARGINS
from .controls.predictionview import PredictionView
from .controls.progress import Progress
from .controls.status import StatusRow


def predict(data: Table, column: Variable, embedder: Embedder, n_classes: int, state: TaskState) -> TablePredictions:
    """Predict what the pictures that a column names show, in a thread, telling `state` how far it is.

    Raises
    ------
    TransferLearningError
        `Cancelled`, once `state` asks for it; else what `predict_table` raises.
    """
    progress = Progress(state, embedder.record.title, len(data))
    embedder.load(progress.downloaded)
    predictions = predict_table(data, embedder, column, progress.embedded)
    predictions.prepare(n_classes)
    return predictions


class OWImageNetPredictions(OWWidget, ConcurrentWidgetMixin):
    """Predicts ImageNet's classes of the pictures that a table names."""

    name = "ImageNet Predictions"
    description = "Tell which of ImageNet's 1000 classes pictures show, with probabilities."
    icon = "icons/ImageNetPredictions-symbolic.svg"
    priority = 110
    keywords = "imagenet predictions, classify images, recognize, recognise, object, label, keras, squeezenet"

    settings_version = 1

    class Inputs:
        """A table that names pictures."""

        images = Input("Images", Table)

    class Outputs:
        """The table with classes, the rows selected in the list, and the rows without any."""

        predictions = Output("Predictions", Table, default=True, dynamic=False)
        selected_images = Output("Selected Images", Table, dynamic=False)
        skipped_images = Output("Skipped Images", Table, dynamic=False)

    class Warning(OWWidget.Warning):
        """What may surprise."""

        images_skipped = Msg("{}")

    class Error(OWWidget.Error):
        """Why nothing was sent."""

        no_image_column = Msg(
            "No text or categorical meta column could name pictures: make it a meta in File or Select Columns."
        )
        setting = Msg("{}")
        weights = Msg("{}")
        all_skipped = Msg("{}")
        memory = Msg("Not enough memory: close other programs, or choose SqueezeNet.")
        failed = Msg("{}")

    settingsHandler = DomainContextHandler()
    image_column: Variable | None = ContextSetting(None)
    backbone: str = Setting("SqueezeNet")
    n_classes: int = Setting(3)
    auto_apply: bool = Setting(True)

    def __init__(self) -> None:
        OWWidget.__init__(self)
        ConcurrentWidgetMixin.__init__(self)
        self.data: Table | None = None
        self.result: TablePredictions | None = None
        self.predictions: Table | None = None
        self._embedder: Embedder | None = None
        self._add_pictures_box()
        self._add_network_box()
        self.controlArea.layout().addStretch(1)
        self.status = StatusRow(self._cancel_clicked)
        self.controlArea.layout().addWidget(self.status)
        self.apply_box = gui.auto_apply(self.buttonsArea, self)
        self.view = PredictionView()
        self.view.selected.connect(self._send_selected)
        self.mainArea.layout().addWidget(self.view)
        self._show_facts()
        self.commit.now()

    def sizeHint(self) -> QSize:
        """Room for a picture and its classes."""
        return QSize(1000, 600)

    def _add_pictures_box(self) -> None:
        self.column_model = VariableListModel()
        self.column_combo = gui.comboBox(
            None, self, "image_column", model=self.column_model, callback=self.commit.deferred, searchable=True
        )
        privacy = QLabel("Pictures stay on this computer.")
        privacy.setToolTip("Pictures that the table names by a URL are fetched from there.")
        form = QFormLayout(fieldGrowthPolicy=QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        gui.widgetBox(self.controlArea, "Pictures", orientation=form)
        form.setContentsMargins(*MARGINS)
        form.addRow("Image column:", self.column_combo)
        form.addRow("", privacy)

    def _add_network_box(self) -> None:
        self.backbone_combo = QComboBox()
        for name, record in BACKBONES.items():
            self.backbone_combo.addItem(record.title, name)
        self.backbone_combo.setPlaceholderText(self.backbone)
        self.backbone_combo.setCurrentIndex(self.backbone_combo.findData(self.backbone))
        self.backbone_combo.activated[int].connect(self._backbone_chosen)
        self.facts = QLabel()
        self.classes_spin = QSpinBox(minimum=1, maximum=N_RANKED, value=self.n_classes)
        self.classes_spin.setToolTip("How many of the most probable classes become columns.")
        self.classes_spin.valueChanged[int].connect(self._n_classes_chosen)
        form = QFormLayout(fieldGrowthPolicy=QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        gui.widgetBox(self.controlArea, "Network", orientation=form)
        form.setContentsMargins(*MARGINS)
        form.addRow("Backbone:", self.backbone_combo)
        form.addRow("", self.facts)
        form.addRow("Classes:", self.classes_spin)

    def _show_facts(self) -> None:
        record = BACKBONES.get(self.backbone)
        self.facts.setText(facts(record, record.classes_layer, None) if record else "")

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
        self._show(None)
        self.commit.now()

    def _backbone_chosen(self, index: int) -> None:
        if self.backbone_combo.itemData(index) != self.backbone:
            self.backbone = self.backbone_combo.itemData(index)
            self._show_facts()
            self.commit.deferred()

    def _n_classes_chosen(self, n_classes: int) -> None:
        self.n_classes = n_classes
        self.view.show_classes(n_classes)
        self._send()

    @gui.deferred
    def commit(self) -> None:
        """Predict anew, with the settings as they are."""
        self.cancel()
        self.clear_messages()
        self.status.say("")
        self.apply_box.button.setText("Apply Automatically" if self.auto_apply else "Apply")
        self.Error.no_image_column(shown=self.data is not None and self.image_column is None)
        if self.image_column is None or len(self.data) == 0:
            self._show(None)
            return
        try:
            embedder = self._chosen_embedder()
        except UnknownBackboneError as error:
            self._fail(error)
            return
        self.start(predict, self.data, self.image_column, embedder, self.n_classes)
        self.status.button.show()

    def _chosen_embedder(self) -> Embedder:
        """Give the embedder of the last time, with its network loaded, or another for another backbone."""
        layer = classes_layer(self.backbone)
        if self._embedder is None or self._embedder.backbone != self.backbone:
            self._embedder = Embedder(self.backbone, layer=layer, cache=FeatureCache(default_path()))
        return self._embedder

    def cancel(self) -> None:
        """Stop the run, if there is one, within a batch; nothing of it is sent."""
        super().cancel()
        self.status.button.hide()

    def _cancel_clicked(self) -> None:
        self.cancel()
        self.commit.dirty = True
        self.apply_box.button.setText("Apply")
        self.apply_box.button.setEnabled(True)

    def setStatusMessage(self, text: str) -> None:
        """Show a run's progress here too; the canvas forgets it when the run ends, the widget does not."""
        super().setStatusMessage(text)
        if text:
            self.status.say(text)

    def on_partial_result(self, result: object) -> None:
        """Do nothing: no result comes before the end of a run."""

    def on_done(self, result: TablePredictions) -> None:
        """Send and show what a run gave."""
        self.status.button.hide()
        n_pictures = len(result.predictions)
        self.status.say(f"{n_pictures:,} {pl(n_pictures, 'picture')} by {BACKBONES[self._embedder.backbone].title}")
        self._show(result)
        if result.problems:
            message = self.Warning.images_skipped if n_pictures else self.Error.all_skipped
            message(_skipped_in_words(result))

    def on_exception(self, error: Exception) -> None:
        """Show what went wrong in words; leave what nobody foresaw to Orange's error report."""
        if not isinstance(error, TransferLearningError | MemoryError):
            self.cancel()
            raise error
        self._fail(error)

    def _fail(self, error: TransferLearningError | MemoryError) -> None:
        self.status.button.hide()
        self.status.say("")
        self._show(None)
        if isinstance(error, MemoryError):
            self._embedder = None
            self.Error.memory()
        elif isinstance(error, WeightsError):
            self.Error.weights(error)
        elif isinstance(error, SettingError | UnknownBackboneError):
            self.Error.setting(error)
        else:
            self.Error.failed(error)

    def _show(self, result: TablePredictions | None) -> None:
        self.result = result
        self.view.show_predictions(result, self.n_classes)
        self._send()

    def _send(self) -> None:
        self.predictions = self.result and self.result.with_classes(self.n_classes)
        self.Outputs.predictions.send(self.predictions)
        self.Outputs.skipped_images.send(self.result and self.result.skipped)
        self._send_selected()

    def _send_selected(self) -> None:
        places = self.view.selected_places()
        chosen = self.predictions is not None and places
        self.Outputs.selected_images.send(self.predictions[places] if chosen else None)

    def send_report(self) -> None:
        """Report the network, and what was predicted."""
        record = BACKBONES.get(self.backbone)
        items = [("Backbone", record.title if record else self.backbone), ("Classes", self.n_classes)]
        self.report_items("Network", items)
        if self.data is not None:
            self.report_data("Data", self.data)
        if self.result is None:
            return
        counts = Counter(prediction.classes[0].name for prediction in self.result.predictions)
        self.report_items(
            "Predictions",
            [
                ("Pictures predicted", len(self.result.predictions)),
                ("Pictures skipped", len(self.result.problems)),
                ("Most frequent first class", ", ".join(f"{name} ({n})" for name, n in counts.most_common(5))),
            ],
        )

    def onDeleteWidget(self) -> None:
        """End the run, after the batch in hand."""
        self.shutdown()
        self.view.close_pictures()
        super().onDeleteWidget()


def _skipped_in_words(result: TablePredictions) -> str:
    n_skipped, first = len(result.problems), result.problems[0]
    which = "" if n_skipped == 1 else "the first, "
    name = result.table[int(first.key), result.column]
    return f"{n_skipped} {pl(n_skipped, 'picture')} skipped: {which}{name}: {first.reason}."


if __name__ == "__main__":  # pragma: no cover
    WidgetPreview(OWImageNetPredictions).run(Table(str(Path(__file__).parents[1] / "tutorials" / "drawings.tab")))
