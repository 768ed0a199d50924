"""A view of predictions: a list of images, the chosen one large, and bars of its classes."""

from collections.abc import Sequence

from AnyQt.QtCore import QRectF, QSize, Qt, pyqtSignal
from AnyQt.QtGui import QColor, QPainter, QPaintEvent, QPalette
from AnyQt.QtWidgets import QAbstractItemView, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from ...embedding.predictions import ClassProbability
from ...orange.imagenet_table import TablePredictions
from ...records import Location
from ...visible_text import visible
from .forms import text_to_copy
from .image_list import ImageList
from .image_view import ImageView
from .plain_text import tooltip

BAR_HEIGHT = 8
GAP = 8


class ClassBars(QWidget):
    """Shows classes in a column: name, probability and a bar of that length.

    The colors are those of the window, light or dark.
    """

    def __init__(self) -> None:
        super().__init__()
        self.classes: Sequence[ClassProbability] = ()
        self.setAccessibleName("Most probable classes")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_classes(self, classes: Sequence[ClassProbability]) -> None:
        """Show these classes, the most probable first."""
        self.classes = classes
        words = "\n".join(f"{visible(each.name)}: {percentage(each.probability)}" for each in classes)
        self.setToolTip(tooltip(words, "\n"))
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size with room for all classes."""
        return QSize(240, len(self.classes) * self._row_height)

    def minimumSizeHint(self) -> QSize:
        """Return a size as high as all classes need, and narrow."""
        return QSize(120, self.sizeHint().height())

    @property
    def _row_height(self) -> int:
        return self.fontMetrics().height() + 2 + BAR_HEIGHT + GAP

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the classes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, each in enumerate(self.classes):
            self._draw(painter, index * self._row_height, each)

    def _draw(self, painter: QPainter, top: int, each: ClassProbability) -> None:
        metrics, width = self.fontMetrics(), self.width()
        number = percentage(each.probability)
        room = width - metrics.horizontalAdvance(number) - GAP
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        line = QRectF(0, top, width, metrics.height())
        name = metrics.elidedText(visible(each.name), Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)
        groove = QColor(self.palette().color(QPalette.ColorRole.WindowText))
        groove.setAlpha(35)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, length in (
            (groove, width),
            (self.palette().color(QPalette.ColorRole.Highlight), each.probability * width),
        ):
            painter.setBrush(color)
            painter.drawRoundedRect(QRectF(0, top + metrics.height() + 2, length, BAR_HEIGHT), 3, 3)


def percentage(probability: float) -> str:
    """Return a probability as a percentage: "87.3 %", "0.04 %"."""
    percent = 100 * probability
    return f"{percent:.1f} %" if percent >= 0.95 else f"{percent:.2g} %" if percent >= 0.01 else "< 0.01 %"


SIDE = 64

_MIN_CHARACTERS = 20
"""Number of characters beside a thumbnail, at least."""


class PredictionView(QSplitter):
    """Shows predictions; images can be selected.

    Signals
    -------
    selected
        Sent when other images are selected.
    """

    selected = pyqtSignal()

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self.list = ImageList(SIDE)
        self.list.setAccessibleName("Images")
        self.list.setMinimumWidth(SIDE + _MIN_CHARACTERS * self.fontMetrics().averageCharWidth())
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.selectionModel().selectionChanged.connect(lambda: self.selected.emit())
        self.list.selectionModel().currentChanged.connect(self._show_current)
        self.image = ImageView()
        self.name = text_to_copy()
        self.bars = ClassBars()
        self._shown: TablePredictions | None = None
        self._locations: list[Location] = []
        self._names: list[str] = []
        self._n_classes = 0
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 0, 0, 0)
        column.addWidget(self.image, 1)
        column.addWidget(self.name)
        column.addWidget(self.bars)
        self.addWidget(self.list)
        self.addWidget(side)
        self.setStretchFactor(1, 1)
        self.setSizes([240, 420])

    def show_predictions(self, predictions: TablePredictions | None, n_classes: int) -> None:
        """Show these predictions, the first image large; None shows nothing."""
        self._shown, self._n_classes = predictions, n_classes
        images = [] if predictions is None else predictions.images
        self._names, self._locations = [name for name, _ in images], [location for _, location in images]
        tops = [] if predictions is None else [each.classes[0].name for each in predictions.predictions]
        self.list.images.set_images([name.rpartition("/")[2] for name in self._names], self._locations, self._names)
        self.list.images.set_second_lines(tops)
        if self._locations:
            self.list.setCurrentIndex(self.list.images.index(0))
            self.list.clearSelection()
        else:
            self._show_current()

    def show_classes(self, n_classes: int) -> None:
        """Show this number of classes for the image."""
        self._n_classes = n_classes
        self._show_bars()

    def selected_rows(self) -> list[int]:
        """Return the rows of the selected predictions, in order."""
        return sorted(index.row() for index in self.list.selectionModel().selectedIndexes())

    def close_images(self) -> None:
        """Stop reading images."""
        self.list.images.close()
        self.image.close_images()

    def _show_current(self) -> None:
        row = self.list.currentIndex().row()
        found = 0 <= row < len(self._locations)
        self.image.set_image(self._locations[row] if found else None)
        name = self._names[row] if found else ""
        self.image.setAccessibleName(visible(name))
        self.name.setText(name)
        self.name.setVisible(found)
        self._show_bars()

    def _show_bars(self) -> None:
        row = self.list.currentIndex().row()
        found = self._shown is not None and 0 <= row < len(self._shown.predictions)
        self.bars.set_classes(self._shown.predictions[row].classes[: self._n_classes] if found else ())
