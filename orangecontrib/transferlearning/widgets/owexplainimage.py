"""The widget Explain Image: a heat map over an image of a model's evidence for a class."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from AnyQt.QtCore import QSize
from AnyQt.QtWidgets import QComboBox, QFileDialog, QPushButton
from Orange.base import Model
from Orange.data import Table, Variable
from Orange.widgets import gui
from Orange.widgets.settings import Setting
from Orange.widgets.utils.concurrent import TaskState
from Orange.widgets.utils.widgetpreview import WidgetPreview
from Orange.widgets.widget import Input, Msg, Output
from PIL import Image

from ..embedding import known_embedders
from ..errors import ImageReadError, ModelError, SinkError, TransferLearningError
from ..explain.color_maps import draw_over
from ..explain.evidence import Evidence, EvidenceFinder, evidence_in_words, score_in_words
from ..explain.image_file import open_image_output, write_images
from ..explain.map_network import ImageMaps
from ..explain.picked_rows import predict_rows, rows_of
from ..images.contact_sheet import Panel, lay_out
from ..orange.image_columns import TableSource
from ..records import Embeddings, Location
from ..visible_text import visible
from .controls.forms import make_column, text_to_copy
from .controls.image_loader import image_html
from .controls.keyboard import order_tabs
from .controls.progress import Progress
from .controls.single_image_widget import SingleImageWidget

PREDICTED = "Predicted class"
SAVED_SIDE = 640
"""Longer side of a saved image in pixels, at least."""
_MIN_LINES = 16
"""Height of the main area in lines of text, at least."""


@dataclass(frozen=True, eq=False)
class Request:
    """Inputs of a run.

    Attributes
    ----------
    finder : EvidenceFinder
    image : Location
    maps : ImageMaps or None
        Maps of the image, if they were computed before.
    name : str or None
        Name of the class; None for the predicted one.
    data, column
        Table whose images are predicted too, and its image column; no table if `data` is None.
    """

    finder: EvidenceFinder
    image: Location
    maps: ImageMaps | None
    name: str | None
    data: Table | None
    column: Variable


@dataclass(frozen=True, eq=False)
class ImageEvidence:
    """Evidence in an image, and the maps that it was found with."""

    maps: ImageMaps
    evidence: Evidence


def explain(request: Request, state: TaskState) -> Embeddings | None:
    """Send the evidence in an image as a partial result, and return the features of all images.

    This runs in a thread.

    Raises
    ------
    TransferLearningError
        `Cancelled` if `state` was interrupted; the errors of `EvidenceFinder` and `Embedder`.
    """
    n_images = 1 if request.data is None else len(request.data)
    progress = Progress(state, request.finder.network.title, n_images)
    request.finder.load(progress.downloaded)
    try:
        maps = request.maps or request.finder.network.compute(request.image)
        state.set_partial_result(ImageEvidence(maps, request.finder.find(maps, request.name, progress.covered)))
    except ImageReadError as error:
        if request.data is None:
            raise
        # The other images can still be predicted.
        state.set_partial_result(error)
    if request.data is None:
        return None
    # The embedder of Keras Embedding has its network loaded, and the features in its cache.
    model = request.finder.model
    embedder = known_embedders.KNOWN_EMBEDDERS.find(model.fingerprint, model.weights, progress.downloaded)
    return embedder.embed(TableSource(request.data, request.column), progress.embedded)


class OWExplainImage(SingleImageWidget):
    """A widget that shows where in an image a model finds evidence for a class."""

    name = "Explain Image"
    description = "Show where in an image a model finds evidence for a class."
    icon = "icons/ExplainImage-symbolic.svg"
    priority = 130
    replaces = ["orangecontrib.transferlearning.widgets.owwhereitlooked.OWWhereItLooked"]
    keywords = "explain image, where it looked, class activation map, cam, saliency, heat map, occlusion, evidence"

    settings_version = 1

    class Inputs:
        """Inputs: a model trained on averaged features, and a table that names images."""

        model = Input("Model", Model)
        images = Input("Images", Table)

    class Outputs:
        """Output: the images with the predictions of the model."""

        predictions = Output("Predictions", Table, dynamic=False)

    class Error(SingleImageWidget.Error):
        """Errors of the widget."""

        model = Msg("{}")
        not_saved = Msg("{}")

    name_chosen: str = Setting("", schema_only=True)

    def __init__(self) -> None:
        super().__init__()
        self.finder: EvidenceFinder | None = None
        self.shown: ImageEvidence | None = None
        self.features: Embeddings | None = None
        self._add_images_box()
        box = gui.widgetBox(self.controlArea, "Evidence for")
        self.class_combo = QComboBox()
        self.class_combo.activated[int].connect(self._class_chosen)
        box.layout().addWidget(self.class_combo)
        self._add_opacity_slider(box)
        self.save_button = QPushButton("Save Image...", autoDefault=False, clicked=self._save)
        self.controlArea.layout().addWidget(self.save_button)
        self.controlArea.layout().addWidget(self.status)
        self.summary = text_to_copy()
        column = make_column(_MIN_LINES)
        column.layout().addWidget(self.view, 1)
        column.layout().addWidget(self.summary)
        self.mainArea.layout().addWidget(column)
        self._offer_classes()
        order_tabs(self)
        self._run()

    def sizeHint(self) -> QSize:
        """Return a size with room for an image."""
        return QSize(860, 600)

    @Inputs.model
    def set_model(self, model: Model | None) -> None:
        """Take a model that was trained on averaged features of a layer with maps."""
        self.Error.model.clear()
        self.finder = None
        if model is not None:
            try:
                self.finder = EvidenceFinder(model)
            except TransferLearningError as error:
                self.Error.model(error)
        self._offer_classes()
        self._list_images()
        self._forget_table()

    @Inputs.images
    def set_images(self, data: Table | None) -> None:
        """Take a table, and show the chosen image, or the first."""
        self.take_table(data)

    def handleNewSignals(self) -> None:
        """Start a run with the model and the images."""
        self._prefer_column_of_model()
        self._run()

    def _prefer_column_of_model(self) -> None:
        """Take the images of the column that the model was trained on, unless another was chosen."""
        first, *others = self.column_model or [None]
        name = self.finder and self.finder.model.column
        wanted = next((column for column in others if column.name == name), None)
        if wanted is not None and self.image_column is first:
            self.image_column = wanted
            self._show_table()

    def _offer_classes(self) -> None:
        names: Sequence[str] = () if self.finder is None else self.finder.model.names
        is_target = self.finder is not None and self.finder.model.is_target
        self.class_combo.clear()
        if not is_target:
            self.class_combo.addItem(PREDICTED, "")
        for name in names:
            self.class_combo.addItem(visible(name), name)
        self.class_combo.setEnabled(self.finder is not None and not is_target)
        self.class_combo.setCurrentIndex(max(0, self.class_combo.findData(self.name_chosen)))

    def _class_chosen(self, index: int) -> None:
        self.name_chosen = self.class_combo.itemData(index) if index else ""
        self._run()

    def _forget_table(self) -> None:
        self.features = None
        self.Warning.images_skipped.clear()
        self.Outputs.predictions.send(None)
        self._forget_image()

    def _forget_image(self) -> None:
        self.shown = None
        self.Information.notes.clear()

    def _run(self) -> None:
        self._clear_run()
        if self.finder is not None:
            self.Error.model.clear()
        if self.row is None or self.finder is None:
            self._show_nothing()
            return
        name = self.name_chosen if self.name_chosen in self.finder.model.names else None
        data = self.data if self.features is None else None
        maps = self.shown and self.shown.maps
        image = self.locations[self.row]
        self.start(explain, Request(self.finder, image, maps, name, data, self.image_column))

    def on_partial_result(self, result: ImageEvidence | ImageReadError) -> None:
        """Show the evidence in an image, or the reason why the image cannot be read."""
        if isinstance(result, ImageReadError):
            self._show_error(result)
            self._show_nothing()
            return
        self.shown = result
        self.save_button.setEnabled(True)
        self.view.show_image(result.maps.image)
        self._show_notes(result.maps.notes)
        # With the intercept, the mean of the values is the decision value, and 0 is neutral.
        self.view.show_values(result.evidence.values + result.evidence.intercept)
        self._show_summary()

    def on_done(self, result: Embeddings | None) -> None:
        """Send the predictions of all images."""
        self.status.end()
        if result is None:
            return
        self.features = result
        self._warn_of_skipped(result.skipped)
        if len(result) == 0:
            return
        predictions = predict_rows(self.data, result, self.finder.model)
        self._list_predictions(predictions)
        self.Outputs.predictions.send(predictions)

    def _list_predictions(self, predictions: Table) -> None:
        """Show the prediction of each image in the list, and the class in the table if it differs."""
        model, target = self.finder.model, self.data.domain.class_var
        variable = predictions.domain.metas[-1 if model.is_target else -2]
        texts = dict.fromkeys(range(len(self.names)), "skipped")
        rows, column = rows_of(self.features), predictions.get_column(variable)
        texts |= {row: variable.str_val(value) for row, value in zip(rows, column, strict=True)}
        if target is not None and target.is_discrete and set(target.values) <= set(model.names):
            truth = [target.str_val(value) for value in self.data.Y]
            texts |= {row: f"{texts[row]}, not {truth[row]}" for row in rows if texts[row] != truth[row]}
        self.list.images.set_second_lines([texts[row] for row in range(len(self.names))])

    def _show_summary(self) -> None:
        maps, evidence, model = self.shown.maps, self.shown.evidence, self.finder.model
        values, scores = model.predict(maps.features[None])
        if model.is_target:
            predicted = f"{model.names[0]}: {values[0]:.4g}"
        else:
            predicted = f"Predicted: {model.names[int(values[0])]}, probability {scores[0].max():.2f}"
        self.summary.setText(f"{predicted}. {evidence_in_words(evidence, model.title)}")
        self.summary.show()

    def _fail(self, error: TransferLearningError | MemoryError) -> None:
        if isinstance(error, ModelError):
            self._forget_image()
        super()._fail(error)
        if self.shown is None:
            self._show_nothing()

    def _show_error(self, error: TransferLearningError | MemoryError) -> None:
        if isinstance(error, ModelError):
            self.Error.model(error)
        else:
            super()._show_error(error)

    def _show_nothing(self) -> None:
        self._forget_image()
        self.save_button.setEnabled(False)
        self.summary.hide()
        inputs = {"a model": self.finder, "a table of images": self.data}
        missing = " and ".join(name for name, value in inputs.items() if value is None)
        self.view.show_text(f"Connect {missing}" if missing and not self.Error.active else "")

    def drawn(self) -> Image.Image:
        """Return the image with the heat map over it, as shown."""
        return draw_over(self.shown.maps.image, self.shown.evidence.values, self.opacity / 100)

    def _save(self) -> None:
        name = Path(self.image_name).stem or "image"
        path, _ = QFileDialog.getSaveFileName(self, "Save Image", f"{name}-evidence.png", "PNG image (*.png)")
        if not path:
            return
        path = path if path.lower().endswith(".png") else f"{path}.png"
        drawn = self.drawn()
        scale = max(1.0, SAVED_SIDE / max(drawn.size))
        drawn = drawn.resize((round(drawn.width * scale), round(drawn.height * scale)))
        evidence = self.shown.evidence
        low, high = self.view.limits
        note = f"{self.image_name}; colors from {low} (dark) to {high} (bright)"
        panel = Panel(drawn, f"{evidence.name}: {score_in_words(evidence)}", note)
        self.Error.not_saved.clear()
        try:
            write_images(open_image_output(path, overwrite=True), [lay_out([[panel]])])
        except SinkError as error:
            self.Error.not_saved(error)

    def _report_settings(self) -> None:
        if self.finder is not None:
            self.report_items(
                "Model",
                [
                    ("Model", self.finder.model.title),
                    ("Features", f"{self.finder.network.title}, {self.finder.network.layer}"),
                ],
            )

    def _report_result(self) -> None:
        if self.shown is not None:
            self.report_items("Evidence", [("Image", self.image_name), ("Result", self.summary.text())])
            self.report_raw(image_html(self.drawn()))


if __name__ == "__main__":  # pragma: no cover
    from Orange.classification import LogisticRegressionLearner

    from ..embedding.embedder import Embedder
    from ..orange.embed_table import embed_table

    drawings = Table(str(Path(__file__).parents[1] / "tutorials" / "drawings.tab"))
    embeddings, _ = embed_table(drawings, Embedder())
    WidgetPreview(OWExplainImage).run(set_model=LogisticRegressionLearner()(embeddings), set_images=drawings)
