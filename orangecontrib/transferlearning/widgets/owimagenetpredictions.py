"""The widget ImageNet Predictions: ImageNet's classes in images, as columns and in a view."""

from collections import Counter
from pathlib import Path

from AnyQt.QtCore import QSize
from AnyQt.QtWidgets import QSpinBox
from Orange.data import Table, Variable
from Orange.widgets.settings import Setting
from Orange.widgets.utils.concurrent import TaskState
from Orange.widgets.utils.widgetpreview import WidgetPreview
from Orange.widgets.widget import Output

from ..backbones.registry import BACKBONES
from ..embedding.cache import FeatureCache, default_path
from ..embedding.embedder import Embedder
from ..embedding.imagenet_predictions import classes_layer
from ..orange.imagenet_table import N_RANKED, TablePredictions, predict_table
from .controls.forms import boxed_form, choice_combo
from .controls.image_widget import images_in_words
from .controls.keyboard import order_tabs
from .controls.network_box import facts
from .controls.plain_text import PlainLabel
from .controls.prediction_view import PredictionView
from .controls.progress import Progress
from .controls.run_widget import RunWidget
from .controls.stored_settings import between


def predict(data: Table, column: Variable, embedder: Embedder, n_classes: int, state: TaskState) -> TablePredictions:
    """Return ImageNet's classes of the images that a column names. This runs in a thread.

    Raises
    ------
    TransferLearningError
        `Cancelled` if `state` was interrupted; the errors of `predict_table`.
    """
    progress = Progress(state, embedder.record.title, len(data))
    embedder.load(progress.downloaded)
    predictions = predict_table(data, embedder, column, progress.embedded)
    predictions.prepare(n_classes)
    return predictions


class OWImageNetPredictions(RunWidget):
    """A widget that predicts ImageNet's classes of images."""

    name = "ImageNet Predictions"
    description = "Predict which of ImageNet's 1000 classes images show, with probabilities."
    icon = "icons/ImageNetPredictions-symbolic.svg"
    priority = 110
    keywords = "imagenet predictions, classify images, recognize, object, label, keras, squeezenet"

    settings_version = 1

    class Outputs:
        """Outputs: the table with classes, the rows selected in the list, and the rows whose images were skipped."""

        predictions = Output("Predictions", Table, default=True, dynamic=False)
        selected_images = Output("Selected Images", Table, dynamic=False)
        skipped_images = Output("Skipped Images", Table, dynamic=False)

    backbone: str = Setting("SqueezeNet")
    n_classes: int = Setting(3, usable=between(1, N_RANKED))

    def __init__(self) -> None:
        super().__init__()
        self.result: TablePredictions | None = None
        self.predictions: Table | None = None
        self._embedder: Embedder | None = None
        self._add_images_box()
        self._add_network_box()
        self.controlArea.layout().addStretch(1)
        self._add_run_row()
        self.view = PredictionView()
        self.view.selected.connect(self._send_selected)
        self.mainArea.layout().addWidget(self.view)
        self._show_facts()
        order_tabs(self)
        self.commit.now()

    def sizeHint(self) -> QSize:
        """Return a size with room for an image and its classes."""
        return QSize(1000, 600)

    def _add_network_box(self) -> None:
        titles = {name: record.title for name, record in BACKBONES.items()}
        self.backbone_combo = choice_combo(self, "backbone", titles, self._backbone_chosen)
        self.facts = PlainLabel(keep="\n")
        self.classes_spin = QSpinBox(minimum=1, maximum=N_RANKED, value=self.n_classes)
        self.classes_spin.setToolTip("Number of the most probable classes that become columns.")
        self.classes_spin.valueChanged[int].connect(self._n_classes_chosen)
        form = boxed_form(self.controlArea, "Network")
        form.addRow("Backbone:", self.backbone_combo)
        form.addRow("", self.facts)
        form.addRow("Classes:", self.classes_spin)

    def _show_facts(self) -> None:
        record = BACKBONES.get(self.backbone)
        self.facts.setText(facts(record, record.classes_layer, None) if record else "")

    def _backbone_chosen(self) -> None:
        self._show_facts()
        self.commit.deferred()

    def _n_classes_chosen(self, n_classes: int) -> None:
        self.n_classes = n_classes
        self.view.show_classes(n_classes)
        self._send()

    def _choose_embedder(self) -> Embedder:
        layer = classes_layer(self.backbone)
        if self._embedder is None or self._embedder.backbone != self.backbone:
            self._embedder = Embedder(self.backbone, layer=layer, cache=FeatureCache(default_path()))
        return self._embedder

    def _forget_network(self) -> None:
        self._embedder = None

    def _start_run(self, embedder: Embedder) -> None:
        self.start(predict, self.data, self.image_column, embedder, self.n_classes)

    def on_done(self, result: TablePredictions) -> None:
        """Send and show the result of a run."""
        self._show_result(result)
        n_images, problems = len(result.predictions), result.problems
        self.status.end(f"{images_in_words(n_images)} by {self._embedder.record.title}")
        self._warn_of_notes()
        if problems:
            name = str(result.table[int(problems[0].key), result.column])
            self._warn_of_skipped(len(problems), name, problems[0].reason, n_images == 0)

    def _show_result(self, result: TablePredictions | None) -> None:
        self.result = result
        self.view.show_predictions(result, self.n_classes)
        self._send()

    def _send(self) -> None:
        self.predictions = self.result and self.result.with_classes(self.n_classes)
        self.Outputs.predictions.send(self.predictions)
        self.Outputs.skipped_images.send(self.result and self.result.skipped)
        self._send_selected()

    def _send_selected(self) -> None:
        rows = self.view.selected_rows()
        chosen = self.predictions is not None and rows
        self.Outputs.selected_images.send(self.predictions[rows] if chosen else None)

    def _report_settings(self) -> None:
        record = BACKBONES.get(self.backbone)
        items = [("Backbone", record.title if record else self.backbone), ("Classes", self.n_classes)]
        self.report_items("Network", items)

    def _report_result(self) -> None:
        if self.result is None:
            return
        counts = Counter(prediction.classes[0].name for prediction in self.result.predictions)
        self.report_items(
            "Predictions",
            [
                ("Images predicted", len(self.result.predictions)),
                ("Images skipped", len(self.result.problems)),
                ("Most frequent first class", ", ".join(f"{name} ({n})" for name, n in counts.most_common(5))),
            ],
        )

    def onDeleteWidget(self) -> None:
        """Stop the run after the current batch, and stop reading images."""
        super().onDeleteWidget()
        self.view.close_images()


if __name__ == "__main__":  # pragma: no cover
    WidgetPreview(OWImageNetPredictions).run(Table(str(Path(__file__).parents[1] / "tutorials" / "drawings.tab")))
