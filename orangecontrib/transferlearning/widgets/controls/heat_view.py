"""A view of one image with a heat map over it."""

import numpy as np
from AnyQt.QtCore import QPoint, QPointF, QRect, QSize, Qt
from AnyQt.QtGui import QImage, QLinearGradient, QPainter, QPaintEvent
from AnyQt.QtWidgets import QSizePolicy, QWidget
from PIL import Image

from ...explain.color_maps import color, draw_heat
from ...visible_text import visible
from .image_loader import to_image
from .image_view import TEXT_MARGINS

SIDE = 1200
"""Longer side of the image that is kept, in pixels, at most."""

_SCALE_HEIGHT = 10
_MIN_BAR = 60
_GAP = 8
_N_STOPS = 17


class HeatView(QWidget):
    """Shows an image with a heat map and its scale, or text if there is no image."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(_MIN_BAR + 2 * (self.fontMetrics().horizontalAdvance("-1.23e-05") + 2 * _GAP), 120)
        self.setAccessibleName("Image with heat map")
        self.text = ""
        self.opacity = 0.5
        self.limits: tuple[str, str] | None = None
        self._image: QImage | None = None
        self._heat: QImage | None = None

    def sizeHint(self) -> QSize:
        """Return a size with room for an image."""
        return QSize(440, 400)

    def show_text(self, text: str) -> None:
        """Show text and no image."""
        self._image = self._heat = self.limits = None
        self.text = visible(text)
        self._show()

    def show_image(self, pixels: np.ndarray) -> None:
        """Show an image of shape (height, width, 3), uint8, without a heat map."""
        small = Image.fromarray(pixels)
        small.thumbnail((SIDE, SIDE))
        self._image, self._heat, self.limits = to_image(np.asarray(small)), None, None
        self._show()

    def show_values(self, values: np.ndarray | None) -> None:
        """Draw values of shape (height, width) over the image as a heat map; None removes it."""
        self._heat = self.limits = None
        if values is not None and self._image is not None:
            size = self._image.size().scaled(SIDE // 2, SIDE // 2, Qt.AspectRatioMode.KeepAspectRatio)
            self._heat = to_image(np.asarray(draw_heat(values, (max(1, size.width()), max(1, size.height())))))
            self.limits = f"{values.min():.3g}", f"{values.max():.3g}"
        self._show()

    def _show(self) -> None:
        image = self.text if self._image is None else "An image"
        heat = "" if self.limits is None else ", with values from {} (dark) to {} (bright) over it".format(*self.limits)
        self.setAccessibleDescription(image + heat)
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Set the opacity of the heat map, 0-1."""
        self.opacity = opacity
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the image in the middle, and the scale below it."""
        painter = QPainter(self)
        if self._image is None:
            room = self.rect().marginsRemoved(TEXT_MARGINS)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.text)
            return
        line = self.fontMetrics().height()
        room = self.rect().adjusted(0, 0, 0, -line - _SCALE_HEIGHT // 2 - 6)
        box = QRect(QPoint(0, 0), self._image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio))
        box.moveCenter(room.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(box, self._image)
        if self._heat is None:
            return
        painter.setOpacity(self.opacity)
        painter.drawImage(box, self._heat)
        painter.setOpacity(1)
        self._draw_scale(painter, QRect(box.left(), box.bottom() + 6, box.width(), line))

    def _draw_scale(self, painter: QPainter, room: QRect) -> None:
        low, high = self.limits
        metrics = self.fontMetrics()
        before, after = metrics.horizontalAdvance(low) + _GAP, metrics.horizontalAdvance(high) + _GAP
        width = min(260, max(_MIN_BAR, room.width() - before - after))
        bar = QRect(0, 0, width, _SCALE_HEIGHT)
        bar.moveCenter(room.center())
        gradient = QLinearGradient(QPointF(bar.left(), 0), QPointF(bar.right(), 0))
        stops = to_image(np.asarray(color(np.linspace(0, 1, _N_STOPS)[None])))
        for stop in range(_N_STOPS):
            gradient.setColorAt(stop / (_N_STOPS - 1), stops.pixelColor(stop, 0))
        painter.fillRect(bar, gradient)
        middle = Qt.AlignmentFlag.AlignVCenter
        side = QRect(bar.left() - before, room.top(), before - _GAP, room.height())
        painter.drawText(side, Qt.AlignmentFlag.AlignRight | middle, low)
        side = QRect(bar.right() + _GAP, room.top(), after, room.height())
        painter.drawText(side, Qt.AlignmentFlag.AlignLeft | middle, high)
