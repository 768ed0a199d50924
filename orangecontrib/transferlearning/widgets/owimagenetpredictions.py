"""The widget ImageNet Predictions: which of ImageNet's classes images show, as columns and to look at."""

from collections import Counter
from pathlib import Path

from AnyQt.QtCore import QSize
from AnyQt.QtWidgets import QLabel, QSpinBox
from Orange.data import Table, Variable
from Orange.widgets.settings import Setting
from Orange.widgets.utils.concurrent import TaskState
from Orange.widgets.utils.widgetpreview import WidgetPreview
from Orange.widgets.widget import Output

from ..backbones.registry import BACKBONES
from ..cache_folder import default_path
from ..embedding.cache import FeatureCache
from ..embedding.embedder import Embedder
from ..embedding.imagenet_predictions import classes_layer
from ..orange.imagenet_table import N_RANKED, TablePredictions, predict_table
from .controls.forms import boxed_form, choice_combo
from .controls.image_widget import images_in_words
from .controls.network_box import facts
from .controls.prediction_view import PredictionView
from .controls.progress import Progress
from .controls.run_widget import RunWidget


def predict(data: Table, column: Variable, embedder: Embedder, n_classes: int, state: TaskState) -> TablePredictions:
    """Predict what the images that a column names show, in a thread, telling `state` how far it is.

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


class OWImageNetPredictions(RunWidget):
    """Predicts ImageNet's classes of the images that a table names."""

    name = "ImageNet Predictions"
    description = "Tell which of ImageNet's 1000 classes images show, with probabilities."
    icon = "icons/ImageNetPredictions-symbolic.svg"
    priority = 110
    keywords = "imagenet predictions, classify images, recognize, recognize, object, label, keras, squeezenet"

    settings_version = 1

    class Outputs:
        """The table with classes, the rows selected in the list, and the rows without any."""

        predictions = Output("Predictions", Table, default=True, dynamic=False)
        selected_images = Output("Selected Images", Table, dynamic=False)
        skipped_images = Output("Skipped Images", Table, dynamic=False)

    backbone: str = Setting("SqueezeNet")
    n_classes: int = Setting(3)

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
        self.commit.now()

    def sizeHint(self) -> QSize:
        """Room for an image and its classes."""
        return QSize(1000, 600)

    def _add_network_box(self) -> None:
        titles = {name: record.title for name, record in BACKBONES.items()}
        self.backbone_combo = choice_combo(self, "backbone", titles, self._backbone_chosen)
        self.facts = QLabel()
        self.classes_spin = QSpinBox(minimum=1, maximum=N_RANKED, value=self.n_classes)
        self.classes_spin.setToolTip("How many of the most probable classes become columns.")
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
        """Send and show what a run gave."""
        self._show_result(result)
        n_images, problems = len(result.predictions), result.problems
        self.status.end(f"{images_in_words(n_images)} by {self._embedder.record.title}")
        if problems:
            name = str(result.table[int(problems[0].key), result.column])
            self._tell_skipped(len(problems), name, problems[0].reason, n_images == 0)

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
        places = self.view.selected_places()
        chosen = self.predictions is not None and places
        self.Outputs.selected_images.send(self.predictions[places] if chosen else None)

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
        """End the run, after the batch in hand, and the loading of images."""
        super().onDeleteWidget()
        self.view.close_images()


if __name__ == "__main__":  # pragma: no cover
    WidgetPreview(OWImageNetPredictions).run(Table(str(Path(__file__).parents[1] / "tutorials" / "drawings.tab")))
