"""Classes with their probabilities, as bars."""

from collections.abc import Sequence

from AnyQt.QtCore import QRectF, QSize, Qt
from AnyQt.QtGui import QColor, QPainter, QPaintEvent, QPalette
from AnyQt.QtWidgets import QSizePolicy, QWidget

from ...predictions import ClassProbability

BAR_HEIGHT = 8
GAP = 8


class ClassBars(QWidget):
    """Shows classes one below the other: the name, the probability, and a bar as long as that says.

    Colours are those of the window, so that they fit a light and a dark one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.classes: Sequence[ClassProbability] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_classes(self, classes: Sequence[ClassProbability]) -> None:
        """Show other classes, the most probable first."""
        self.classes = classes
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for all classes."""
        return QSize(240, len(self.classes) * self._row_height)

    def minimumSizeHint(self) -> QSize:
        """As high as all classes need, and narrow."""
        return QSize(120, self.sizeHint().height())

    @property
    def _row_height(self) -> int:
        return self.fontMetrics().height() + 2 + BAR_HEIGHT + GAP

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the classes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, each in enumerate(self.classes):
            self._draw(painter, place * self._row_height, each)

    def _draw(self, painter: QPainter, top: int, each: ClassProbability) -> None:
        metrics, width = self.fontMetrics(), self.width()
        number = percentage(each.probability)
        room = width - metrics.horizontalAdvance(number) - GAP
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        line = QRectF(0, top, width, metrics.height())
        name = metrics.elidedText(each.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)
        groove = QColor(self.palette().color(QPalette.ColorRole.WindowText))
        groove.setAlpha(35)
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, length in (
            (groove, width),
            (self.palette().color(QPalette.ColorRole.Highlight), each.probability * width),
        ):
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(0, top + metrics.height() + 2, length, BAR_HEIGHT), 3, 3)


def percentage(probability: float) -> str:
    """Write a probability for people: "87.3 %", "0.04 %"."""
    percent = 100 * probability
    return f"{percent:.1f} %" if percent >= 0.95 else f"{percent:.2g} %" if percent >= 0.01 else "< 0.01 %"
