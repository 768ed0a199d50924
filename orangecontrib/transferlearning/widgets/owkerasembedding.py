"""The widget Keras Embedding: add a network's features to a table that names images."""

import time
from dataclasses import dataclass
from pathlib import Path

from Orange.data import Table, Variable
from Orange.preprocess.preprocess import Preprocess
from Orange.widgets import gui
from Orange.widgets.settings import Setting, SettingProvider
from Orange.widgets.utils.concurrent import TaskState
from Orange.widgets.utils.widgetpreview import WidgetPreview
from Orange.widgets.widget import Msg, Output, OWWidget

from ..backbones.loading import is_saved_model
from ..backbones.preprocessing import AUTO, NONE
from ..embedding.embedder import Embedder
from ..orange.embed_table import embed_table
from ..orange.model_input import FeaturePreprocessor
from .controls.image_widget import images_in_words
from .controls.keyboard import order_tabs
from .controls.network_box import NetworkBox
from .controls.plain_text import PlainMessages
from .controls.progress import Progress, duration
from .controls.run_widget import RunWidget
from .controls.steps_row import StepsRow

WIDE = 5000
"""Number of columns above which Orange's other widgets become slow."""


@dataclass(frozen=True, eq=False)
class Result:
    """Result of a run.

    Attributes
    ----------
    column : Variable
        Image column of the data.
    backbone : str
    layers : tuple of str
        Names of all layers of the network; none of several networks.
    image_sizes : tuple of tuple of int
        (height, width) of the images that the networks read, in pixels.
    n_features : int
    embeddings, skipped : Orange.data.Table or None
        Tables that `embed_table` returned.
    seconds : float
        Time without loading the network.
    engine : str
        Name of the engine that ran the network.
    n_computed : int
        Number of images that it computed; the others were in the cache, or repeated.
    scales_pixels : bool
        Whether the weights are a saved model that scales pixels itself, so that it got them as they are.
    """

    column: Variable
    backbone: str
    layers: tuple[str, ...]
    image_sizes: tuple[tuple[int, int], ...]
    n_features: int
    embeddings: Table | None
    skipped: Table | None
    seconds: float
    engine: str
    n_computed: int
    scales_pixels: bool

    @property
    def time(self) -> str:
        """The time in words, with the speed of the engine, or with the number of images that it had to compute."""
        n_images = len(self.embeddings or ())
        if self.n_computed < n_images:
            work = f"{self.n_computed} of them computed by {self.engine}" if self.n_computed else "all from the cache"
        else:
            work = f"{n_images / self.seconds:.1f} a second by {self.engine}" if n_images else "none was read"
        return f"{duration(self.seconds)}, {work}"


def embed_images(data: Table, column: Variable, embedder: Embedder, has_prefix: bool, state: TaskState) -> Result:
    """Return the features of the images that a column names. This runs in a thread.

    Raises
    ------
    TransferLearningError
        `Cancelled` if `state` was interrupted; the errors of `Embedder.load`.
    """
    progress = Progress(state, embedder.title, len(data))
    embedder.load(progress.downloaded)
    start, n_before = time.monotonic(), embedder.n_computed
    embeddings, skipped = embed_table(data, embedder, column, progress.embedded, has_prefix=has_prefix)
    seconds, (network, *others) = time.monotonic() - start, embedder.networks
    sizes = tuple(dict.fromkeys(each.image_size for each in embedder.networks))
    facts = (embedder.backbone, () if others else network.layers, sizes, embedder.n_features)
    n_computed = embedder.n_computed - n_before
    scales = is_saved_model(embedder.weights) and embedder.preprocessing == AUTO and network.preprocessing == NONE
    return Result(column, *facts, embeddings, skipped, seconds, embedder.engine_title, n_computed, scales)


class OWKerasEmbedding(RunWidget):
    """A widget that embeds the images that a table names."""

    name = "Keras Embedding"
    description = "Turn images into columns of features with a Keras network, on this computer."
    icon = "icons/KerasEmbedding-symbolic.svg"
    priority = 100
    keywords = "keras embedding, image embedding, transfer learning, features, deep learning, tensorflow, cnn"

    want_main_area = False
    resizing_enabled = False
    settings_version = 1

    class Outputs:
        """Outputs: the table with features, the skipped rows, and a preprocessor that adds the features."""

        embeddings = Output("Embeddings", Table, default=True, dynamic=False)
        skipped_images = Output("Skipped Images", Table, dynamic=False)
        preprocessor = Output("Preprocessor", Preprocess, dynamic=False, auto_summary=False)

    class Information(PlainMessages, OWWidget.Information):
        """Information messages of the widget."""

        random_weights = Msg("Random weights: the network has learned nothing.")
        scales_pixels = Msg("The saved model scales pixels itself: it got them as they are, 0–255.")

    class Warning(RunWidget.Warning):
        """Warnings of the widget."""

        wide = Msg("{:,} features make other widgets slow: pooling 'Average' gives fewer.")

    memory_advice = "lower the batch size, or choose pooling 'Average'"

    network_box = SettingProvider(NetworkBox)
    steps: str = Setting("", schema_only=True)
    has_prefix: bool = Setting(False, schema_only=True)

    def __init__(self) -> None:
        super().__init__()
        self.result: Result | None = None
        self.network_box = NetworkBox(self)
        form = self._add_images_box()
        self.steps_row = StepsRow(self.steps)
        self.steps_row.changed.connect(self._steps_changed)
        form.addRow("Steps:", self.steps_row)
        self.network_box.first_label.setMinimumWidth(form.labelForField(self.column_combo).sizeHint().width())
        self.network_box.changed.connect(self.commit.deferred)
        self.prefix_check = gui.checkBox(
            None,
            self,
            "has_prefix",
            "Begin column names with the network",
            callback=self.commit.deferred,
            tooltip="Columns are called SqueezeNet n0, ..., not n0, ...: features of several networks can be merged.",
        )
        self.network_box.layout().addRow("", self.prefix_check)
        self.controlArea.layout().addWidget(self.network_box)
        self._add_run_row()
        order_tabs(self)
        self.commit.now()

    def _steps_changed(self, steps: str) -> None:
        self.steps = steps
        self.commit.deferred()

    def _relocate(self) -> None:
        super()._relocate()
        self.network_box.relocate()

    def _choose_embedder(self) -> Embedder:
        self.Information.random_weights(shown=self.network_box.weights == "random")
        self.Information.scales_pixels.clear()
        return self.network_box.embedder(tuple(self.steps.split()))

    def _forget_network(self) -> None:
        self.network_box.forget()

    def _start_run(self, embedder: Embedder) -> None:
        self.start(embed_images, self.data, self.image_column, embedder, self.has_prefix)

    def on_done(self, result: Result) -> None:
        """Send the result of a run."""
        self.network_box.learn_from_run(result.backbone, result.layers, result.n_features)
        self._show_result(result)
        self.Information.scales_pixels(shown=result.scales_pixels)
        skipped = result.skipped
        self.status.end(f"{images_in_words(len(self.data))} in {result.time}")
        if skipped is not None:
            name, reason = str(skipped[0, result.column]), str(skipped[0].metas[-1])
            self._warn_of_skipped(len(skipped), name, reason, result.embeddings is None)
        self._warn_of_notes()
        if result.n_features > WIDE:
            self.Warning.wide(result.n_features)

    def _show_result(self, result: Result | None) -> None:
        self.result = result
        self.Outputs.embeddings.send(result and result.embeddings)
        self.Outputs.skipped_images.send(result and result.skipped)
        self.Outputs.preprocessor.send(result and _preprocessor(result))

    def _report_settings(self) -> None:
        names = [("Column names", "begin with the network")] if self.has_prefix else []
        self.report_items("Network", self.network_box.described() + names)

    def _described_images(self) -> list[tuple[str, str]]:
        return super()._described_images() + ([("Steps", self.steps)] if self.steps else [])

    def _report_result(self) -> None:
        if self.result is None:
            return
        sizes = " and ".join(f"{width} × {height}" for height, width in self.result.image_sizes)
        self.report_items(
            "Embeddings",
            [
                ("Images read at", f"{sizes} pixels"),
                ("Features", self.result.n_features),
                ("Images embedded", len(self.result.embeddings or ())),
                ("Images skipped", len(self.result.skipped or ())),
                ("Time", self.result.time),
            ],
        )


def _preprocessor(result: Result) -> FeaturePreprocessor | None:
    if result.embeddings is None:
        return None
    return FeaturePreprocessor(result.embeddings.domain.attributes[-result.n_features :])


if __name__ == "__main__":  # pragma: no cover
    WidgetPreview(OWKerasEmbedding).run(Table(str(Path(__file__).parents[1] / "tutorials" / "drawings.tab")))
