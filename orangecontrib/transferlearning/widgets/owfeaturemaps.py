"""The widget Feature Maps: the channels of a layer for an image, and the images that activate one most."""

import math
from dataclasses import dataclass
from pathlib import Path

from AnyQt.QtCore import QSize, Qt
from AnyQt.QtWidgets import QComboBox, QHBoxLayout, QSplitter, QVBoxLayout, QWidget
from Orange.data import Table, Variable
from Orange.widgets.settings import Setting, SettingProvider
from Orange.widgets.utils.concurrent import TaskState
from Orange.widgets.utils.widgetpreview import WidgetPreview
from Orange.widgets.widget import Input, Msg, Output

from ..embedding.embedder import Embedder
from ..errors import TransferLearningError, UnknownBackboneError, WeightsError
from ..explain.color_maps import draw_over
from ..explain.layer_view import LayerChoice, LayerView, view_layer
from ..explain.picked_rows import rank_rows, rank_table
from ..orange.image_columns import TableSource
from ..records import Embeddings, Location
from .controls.forms import make_column
from .controls.image_loader import image_html
from .controls.keyboard import order_tabs
from .controls.network_box import MapNetworkBox, shape_in_words
from .controls.plain_text import PlainLabel
from .controls.progress import Progress
from .controls.single_image_widget import SingleImageWidget
from .controls.stored_settings import between
from .controls.tile_list import TileList
from .controls.top_images import TopImages

N_TOP = 8
_MIN_CHARACTERS = 26
"""Number of characters beside each other above the tiles, at least."""
_MIN_LINES = 26
"""Height of the main area in lines of text, at least."""
N_TILES = {16: "16", 36: "36", 64: "64", 144: "144", 0: "All"}


@dataclass(frozen=True, eq=False)
class Request:
    """Inputs of a run.

    Attributes
    ----------
    choice : LayerChoice
    image : Location
    is_viewed : bool
        True if the widget shows this layer and image already.
    data, column, embedder
        Table whose features are computed too, its image column, and the embedder; no table if `data` is None.
    """

    choice: LayerChoice
    image: Location
    is_viewed: bool
    data: Table | None
    column: Variable
    embedder: Embedder


def compute_maps(request: Request, state: TaskState) -> Embeddings | None:
    """Send the view of a layer as a partial result, and return the features of all images.

    This runs in a thread.

    Raises
    ------
    TransferLearningError
        `Cancelled` if `state` was interrupted; the errors of `view_layer` and `Embedder`.
    """
    n_images = 1 if request.data is None else len(request.data)
    progress = Progress(state, request.embedder.record.title, n_images)
    if not request.is_viewed:
        state.set_partial_result(view_layer(request.choice, request.image, progress.downloaded))
    if request.data is None:
        return None
    request.embedder.load(progress.downloaded)
    return request.embedder.embed(TableSource(request.data, request.column), progress.embedded)


class OWFeatureMaps(SingleImageWidget):
    """A widget that shows the maps of a layer for an image."""

    name = "Feature Maps"
    description = "Show what the channels of a network's layer see in an image, and which images activate one most."
    icon = "icons/FeatureMaps-symbolic.svg"
    priority = 120
    keywords = "feature maps, activations, channels, filters, layers, visualize, convolution, keras"

    settings_version = 1

    class Inputs:
        """Input: a table that names images."""

        images = Input("Images", Table)

    class Outputs:
        """Output: the images, ordered by how much they activate the chosen channel."""

        ranked_images = Output("Ranked Images", Table, dynamic=False)

    class Information(SingleImageWidget.Information):
        """Information messages of the widget."""

        random_weights = Msg("Random weights: the network has learned nothing.")

    network_box = SettingProvider(MapNetworkBox)
    n_tiles: int = Setting(36, usable=N_TILES.__contains__)
    channel: int | None = Setting(None, schema_only=True, usable=between(0, math.inf))

    def __init__(self) -> None:
        super().__init__()
        self.layer_view: LayerView | None = None
        self.is_viewed = False
        self.features: Embeddings | None = None
        self._add_images_box()
        self.network_box = MapNetworkBox(self)
        self.network_box.changed.connect(self._network_changed)
        self.controlArea.layout().addWidget(self.network_box)
        self.controlArea.layout().addWidget(self.status)
        self._add_main_area()
        order_tabs(self)
        self._run()

    def sizeHint(self) -> QSize:
        """Return a size with room for tiles, and for an image beside them."""
        return QSize(1180, 700)

    def _add_main_area(self) -> None:
        splitter = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        splitter.addWidget(self._tiles_side())
        splitter.addWidget(self._channel_side())
        splitter.setSizes([400, 440])
        self.mainArea.layout().addWidget(splitter)

    def _tiles_side(self) -> QWidget:
        self.layer_label = PlainLabel(wordWrap=True)
        self.tiles_combo = QComboBox()
        self.tiles_combo.setToolTip("Number of channels that are shown: the strongest by mean absolute value.")
        for number, title in N_TILES.items():
            self.tiles_combo.addItem(title, number)
        self.tiles_combo.setCurrentIndex(self.tiles_combo.findData(self.n_tiles))
        self.tiles_combo.activated[int].connect(self._n_tiles_chosen)
        self.tiles = TileList()
        self.tiles.chosen.connect(self._channel_chosen)
        side = QWidget(minimumWidth=_MIN_CHARACTERS * self.fontMetrics().averageCharWidth())
        column, row = QVBoxLayout(side), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.layer_label)
        label = PlainLabel("Tiles:")
        label.setBuddy(self.tiles_combo)
        row.addWidget(label)
        row.addWidget(self.tiles_combo)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.tiles)
        return side

    def _channel_side(self) -> QWidget:
        self.channel_label = PlainLabel(wordWrap=True)
        self.top = TopImages()
        self.top.chosen.connect(self.choose_row)
        side = make_column(_MIN_LINES)
        side.setMinimumWidth(240)
        column = side.layout()
        column.setContentsMargins(8, 0, 0, 0)
        column.addWidget(self.channel_label)
        column.addWidget(self.view, 1)
        self._add_opacity_slider(side)
        column.addWidget(self.top)
        return side

    @Inputs.images
    def set_images(self, data: Table | None) -> None:
        """Take a table, and show the chosen image, or the first."""
        self.take_table(data)
        self._run()

    def _relocate(self) -> None:
        super()._relocate()
        self.network_box.relocate()

    def _forget_table(self) -> None:
        self.features = None
        self.Warning.images_skipped.clear()
        self._forget_image()
        self._rank()

    def _forget_image(self) -> None:
        self.is_viewed = False
        self.Information.notes.clear()

    def _network_changed(self) -> None:
        self._forget_table()
        self._run()

    def _run(self) -> None:
        self._clear_run()
        self.Information.random_weights(shown=self.network_box.weights == "random")
        if self.row is None:
            self._show_nothing()
            return
        try:
            embedder = self.network_box.embedder()
        except (UnknownBackboneError, WeightsError) as error:
            self._fail(error)
            return
        choice = LayerChoice(
            embedder.backbone,
            self.network_box.layer,
            embedder.weights,
            embedder.preprocessing,
            self.network_box.whole_network,
        )
        data = self.data if self.channel is not None and self.features is None else None
        if self.is_viewed and data is None:
            return
        image = self.locations[self.row]
        request = Request(choice, image, self.is_viewed, data, self.image_column, embedder)
        self.start(compute_maps, request)

    def on_partial_result(self, result: LayerView) -> None:
        """Show the maps of a layer for the image."""
        is_other_layer = self.layer_view is not None and self.layer_view.choice != result.choice
        if is_other_layer or (self.channel is not None and self.channel >= result.n_channels):
            self.channel = None
        self.layer_view, self.is_viewed = result, True
        self.network_box.learn_shapes(result.choice.backbone, result.shapes)
        self._show_tiles()
        self.view.show_image(result.image)
        self._show_notes(result.notes)
        self._show_channel()

    def on_done(self, result: Embeddings | None) -> None:
        """Rank the images."""
        self.status.end()
        if result is not None:
            self.features = result
            self._warn_of_skipped(result.skipped)
            self._rank()

    def _fail(self, error: TransferLearningError | MemoryError) -> None:
        super()._fail(error)
        if not self.is_viewed:
            self._show_nothing()

    def _show_nothing(self) -> None:
        self.view.show_text("" if self.data is None else "No image")
        self.layer_label.setText("")
        self.channel_label.setText("")
        self.tiles.show_tiles([], [], None)
        self._rank()

    def _show_tiles(self) -> None:
        view = self.layer_view
        channels = view.strongest(self.n_tiles or view.n_channels)
        self.tiles.show_tiles(channels, view.tiles(channels), self.channel)
        shape = shape_in_words(view.layer_map.values.shape)
        self.layer_label.setText(f"{view.choice.name}: {shape}")
        self.layer_label.setToolTip("Height × width × channels; the strongest channels come first.")

    def _n_tiles_chosen(self, index: int) -> None:
        self.n_tiles = self.tiles_combo.itemData(index)
        if self.is_viewed:
            self._show_tiles()

    def _channel_chosen(self, channel: int) -> None:
        if channel == self.channel and self.task is not None:
            return
        self.channel = channel
        self._show_channel()
        self._rank()
        self._run()

    def _show_channel(self) -> None:
        view, channel = self.layer_view, self.channel
        if channel is None:
            self.channel_label.setText("Click a tile to see it over the image")
            self.view.show_values(None)
            return
        values = view.channel(channel)
        self.view.show_values(values)
        if values is None:
            self.channel_label.setText(f"Value {channel}: {view.layer_map.values.ravel()[channel]:.3g} (no positions)")
        else:
            self.channel_label.setText(f"Channel {channel}, {values.mean():.3g} on average")

    def _rank(self) -> None:
        """Show and send the images, ordered by how much they activate the chosen channel."""
        if self.features is None or self.channel is None or self.channel >= self.features.features.shape[1]:
            waiting = self.channel is not None and self.row is not None
            self.top.show_none("Looking for the images that activate it most ..." if waiting else "")
            self.Outputs.ranked_images.send(None)
            return
        rows, values = rank_rows(self.features, self.channel)
        first = rows[:N_TOP].tolist()
        self.top.show_images(
            first,
            [f"{value:.3g}" for value in values[:N_TOP]],
            [self.locations[row] for row in first],
            [self.names[row] for row in first],
            f"Images that activate channel {self.channel} most, on average:",
        )
        self.Outputs.ranked_images.send(rank_table(self.data, self.features, self.channel) if len(rows) else None)

    def _report_settings(self) -> None:
        self.report_items("Network", self.network_box.described())

    def _report_result(self) -> None:
        if not self.is_viewed:
            return
        view = self.layer_view
        items = [("Image", self.image_name), ("Maps", shape_in_words(view.layer_map.values.shape))]
        if self.channel is not None:
            items.append(("Channel", self.channel))
        if self.top.rows:
            items.append(("Most activated by", ", ".join(self.names[row] for row in self.top.rows)))
        self.report_items("Maps", items)
        values = None if self.channel is None else view.channel(self.channel)
        if values is not None:
            drawn = draw_over(view.image, values, self.opacity / 100)
            self.report_raw("Channel over the image", image_html(drawn))

    def onDeleteWidget(self) -> None:
        """Stop the run after the current batch, and stop making thumbnails."""
        super().onDeleteWidget()
        self.top.close_images()


if __name__ == "__main__":  # pragma: no cover
    WidgetPreview(OWFeatureMaps).run(Table(str(Path(__file__).parents[1] / "tutorials" / "drawings.tab")))
