"""The widget Where It Looked: the heat map of a model's evidence for a class over an image."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from AnyQt.QtCore import QSize, Qt
from AnyQt.QtWidgets import QComboBox, QFileDialog, QLabel, QPushButton
from Orange.base import Model
from Orange.data import Table, Variable
from Orange.widgets import gui
from Orange.widgets.settings import Setting
from Orange.widgets.utils.concurrent import TaskState
from Orange.widgets.utils.widgetpreview import WidgetPreview
from Orange.widgets.widget import Input, Msg, Output
from PIL import Image

from ..embedding import known_embedders as knownembedders
from ..errors import ImageReadError, ModelError, SinkError, TransferLearningError
from ..explain.color_maps import draw_over
from ..explain.evidence import Evidence, EvidenceFinder, evidence_in_words, score_in_words
from ..explain.image_file import ImageFile
from ..explain.map_network import ImageMaps
from ..explain.picked_rows import RowFeatures, embed_rows, predict_rows
from ..images.contact_sheet import Panel, lay_out
from ..records import Location
from .controls.image_loader import image_html
from .controls.progress import Progress
from .controls.single_image_widget import SingleImageWidget

PREDICTED = "Predicted class"
SAVED_SIDE = 640
"""Of a saved image, in pixels, at least on one side."""


@dataclass(frozen=True, eq=False)
class Request:
    """What a run is to compute.

    Attributes
    ----------
    finder : EvidenceFinder
    image : Location
    seen : Seen or None
        The image, if its maps are there already.
    name : str or None
        The class; None for the predicted one.
    data, column
        Of the predictions of all images, which are asked for where `data` is not None.
    """

    finder: EvidenceFinder
    image: Location
    seen: ImageMaps | None
    name: str | None
    data: Table | None
    column: Variable


@dataclass(frozen=True, eq=False)
class Look:
    """An image, with the evidence in it."""

    seen: ImageMaps
    evidence: Evidence


def look(request: Request, state: TaskState) -> RowFeatures | None:
    """Find the evidence, which is a partial result, and then compute the features of all images, in a thread.

    Raises
    ------
    TransferLearningError
        `Cancelled`, once `state` asks for it; else what `EvidenceFinder` and `embed_rows` raise.
    """
    n_images = 1 if request.data is None else len(request.data)
    progress = Progress(state, request.finder.sight.title, n_images)
    request.finder.load(progress.downloaded)
    try:
        seen = request.seen or request.finder.sight.see(request.image)
        state.set_partial_result(Look(seen, request.finder.find(seen, request.name, progress.covered)))
    except ImageReadError as error:
        if request.data is None:
            raise
        # The other images can be predicted all the same.
        state.set_partial_result(error)
    if request.data is None:
        return None
    # Perhaps that of Keras Embedding, which has its network loaded and the features in its cache.
    model = request.finder.model
    embedder = knownembedders.KNOWN_EMBEDDERS.find(model.fingerprint, model.weights, progress.downloaded)
    return embed_rows(request.data, request.column, embedder, progress.embedded)


class OWWhereItLooked(SingleImageWidget):
    """Shows where in an image a model finds evidence."""

    name = "Where It Looked"
    description = "Show where in an image a model finds evidence for a class."
    icon = "icons/WhereItLooked-symbolic.svg"
    priority = 130
    keywords = "where it looked, explain, class activation map, cam, saliency, heat map, occlusion, evidence"

    settings_version = 1

    class Inputs:
        """A model of averaged features, and a table that names images."""

        model = Input("Model", Model)
        images = Input("Images", Table)

    class Outputs:
        """The images, with what the model predicts."""

        predictions = Output("Predictions", Table, dynamic=False)

    class Error(SingleImageWidget.Error):
        """Why nothing is shown."""

        model = Msg("{}")
        not_saved = Msg("{}")

    name_chosen: str = Setting("", schema_only=True)

    def __init__(self) -> None:
        super().__init__()
        self.finder: EvidenceFinder | None = None
        self.shown: Look | None = None
        self.features: RowFeatures | None = None
        self._add_images_box()
        box = gui.widgetBox(self.controlArea, "Evidence for")
        self.class_combo = QComboBox()
        self.class_combo.activated[int].connect(self._class_chosen)
        box.layout().addWidget(self.class_combo)
        self._add_opacity_slider(box)
        self.save_button = QPushButton("Save Image...", autoDefault=False, clicked=self._save)
        self.controlArea.layout().addWidget(self.save_button)
        self.controlArea.layout().addWidget(self.status)
        self.words = QLabel(wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.mainArea.layout().addWidget(self.view, 1)
        self.mainArea.layout().addWidget(self.words)
        self._offer_classes()
        self._run()

    def sizeHint(self) -> QSize:
        """Room for an image."""
        return QSize(860, 600)

    @Inputs.model
    def set_model(self, model: Model | None) -> None:
        """Take a model of averaged features of a layer that gives maps."""
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
        """Take a table, and show its first image, or the one that was chosen."""
        self.take_table(data)

    def handleNewSignals(self) -> None:
        """Look, once the model and the images are there."""
        self._run()

    def _offer_classes(self) -> None:
        names: Sequence[str] = () if self.finder is None else self.finder.model.names
        is_target = self.finder is not None and self.finder.model.is_target
        self.class_combo.clear()
        self.class_combo.addItems(names if is_target else [PREDICTED, *names])
        self.class_combo.setEnabled(self.finder is not None and not is_target)
        self.class_combo.setCurrentIndex(max(0, self.class_combo.findText(self.name_chosen) if self.name_chosen else 0))

    def _class_chosen(self, index: int) -> None:
        self.name_chosen = self.class_combo.itemText(index) if index else ""
        self._run()

    def _forget_table(self) -> None:
        self.features = None
        self.Warning.images_skipped.clear()
        self.Outputs.predictions.send(None)
        self._forget_image()

    def _forget_image(self) -> None:
        self.shown = None

    def _run(self) -> None:
        self._clear_run()
        if self.finder is not None:
            self.Error.model.clear()
        if self.row is None or self.finder is None:
            self._show_nothing()
            return
        name = self.name_chosen if self.name_chosen in self.finder.model.names else None
        data = self.data if self.features is None else None
        seen = self.shown and self.shown.seen
        image = self.locations[self.row]
        self.start(look, Request(self.finder, image, seen, name, data, self.image_column))

    def on_partial_result(self, result: Look | ImageReadError) -> None:
        """Show the evidence in an image, or why it cannot be read."""
        if isinstance(result, ImageReadError):
            self._tell(result)
            self._show_nothing()
            return
        self.shown = result
        self.save_button.setEnabled(True)
        self.view.show_image(result.seen.image)
        # With the intercept, so that their mean is the decision value, and 0 speaks neither for nor against.
        self.view.show_values(result.evidence.values + result.evidence.intercept)
        self._say_words()

    def on_done(self, result: RowFeatures | None) -> None:
        """Send what is predicted of all images."""
        self.status.end()
        if result is None:
            return
        self.features = result
        self.warn_of_skipped(result)
        if len(result.rows) == 0:
            return
        predictions = predict_rows(self.data, result, self.finder.model)
        self._list_predictions(predictions)
        self.Outputs.predictions.send(predictions)

    def _list_predictions(self, predictions: Table) -> None:
        """Say in the list what is predicted of each image, and where the table says otherwise."""
        model, made = self.finder.model, self.data.domain.class_var
        variable = predictions.domain.metas[-1 if model.is_target else -2]
        texts = dict.fromkeys(range(len(self.names)), "skipped")
        column = predictions.get_column(variable)
        texts |= {row: variable.str_val(value) for row, value in zip(self.features.rows, column, strict=True)}
        if made is not None and made.is_discrete and set(made.values) <= set(model.names):
            truth = [made.str_val(value) for value in self.data.Y]
            texts |= {row: f"{texts[row]}, not {truth[row]}" for row in self.features.rows if texts[row] != truth[row]}
        names = self.list_names
        self.list.images.set_names([f"{name}\n{texts[row]}" for row, name in enumerate(names)])

    def _say_words(self) -> None:
        seen, evidence, model = self.shown.seen, self.shown.evidence, self.finder.model
        values, scores = model.predict(seen.features[None])
        if model.is_target:
            predicted = f"{model.names[0]}: {values[0]:.4g}"
        else:
            predicted = f"Predicted: {model.names[int(values[0])]}, probability {scores[0].max():.2f}"
        self.words.setText(f"{predicted}. {evidence_in_words(evidence, model.title)}")

    def _fail(self, error: TransferLearningError | MemoryError) -> None:
        if isinstance(error, ModelError):
            self._forget_image()
        super()._fail(error)
        if self.shown is None:
            self._show_nothing()

    def _tell(self, error: TransferLearningError | MemoryError) -> None:
        if isinstance(error, ModelError):
            self.Error.model(error)
        else:
            super()._tell(error)

    def _show_nothing(self) -> None:
        self.shown = None
        self.save_button.setEnabled(False)
        self.words.setText("")
        given = {"a model": self.finder, "a table of images": self.data}
        lacking = " and ".join(what for what, value in given.items() if value is None)
        self.view.show_text(f"Connect {lacking}" if lacking and not self.Error.active else "")

    def drawn(self) -> Image.Image:
        """Draw the image with the heat map over it, as it is seen."""
        return draw_over(self.shown.seen.image, self.shown.evidence.values, self.opacity / 100)

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
        low, high = self.view.ends
        note = f"{self.image_name}; colors from {low} (dark) to {high} (bright)"
        panel = Panel(drawn, f"{evidence.name}: {score_in_words(evidence)}", note)
        self.Error.not_saved.clear()
        try:
            with ImageFile(path, overwrite=True) as file:
                file.write([lay_out([[panel]])])
        except SinkError as error:
            self.Error.not_saved(error)

    def _report_settings(self) -> None:
        if self.finder is not None:
            self.report_items(
                "Model",
                [
                    ("Model", self.finder.model.title),
                    ("Features", f"{self.finder.sight.title}, {self.finder.sight.layer}"),
                ],
            )

    def _report_result(self) -> None:
        if self.shown is not None:
            self.report_items("Evidence", [("Image", self.image_name), ("What is seen", self.words.text())])
            self.report_raw(image_html(self.drawn()))


if __name__ == "__main__":  # pragma: no cover
    from Orange.classification import LogisticRegressionLearner

    from ..embedding.embedder import Embedder
    from ..orange.embed_table import embed_table

    drawings = Table(str(Path(__file__).parents[1] / "tutorials" / "drawings.tab"))
    embeddings, _ = embed_table(drawings, Embedder())
    WidgetPreview(OWWhereItLooked).run(set_model=LogisticRegressionLearner()(embeddings), set_images=drawings)
