"""A view of one image, as large as fits."""

from AnyQt.QtCore import QMargins, QPoint, QRect, QSize, Qt
from AnyQt.QtGui import QImage, QPainter, QPaintEvent
from AnyQt.QtWidgets import QSizePolicy, QWidget

from ...records import Location
from ...visible_text import visible
from .image_loader import ImageLoader

SIDE = 1200
"""Longer side of the image that is read, in pixels, at most."""

TEXT_MARGINS = QMargins(8, 8, 8, 8)
"""Margins around text that stands for an image, in points."""


class ImageView(QWidget):
    """Shows one image, or the reason why it cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 150)
        self.setAccessibleName("Image")
        self.text = ""
        self.image: QImage | None = None
        self._request = 0
        self._loader = ImageLoader()
        self._loader.made.connect(self._show)

    def sizeHint(self) -> QSize:
        """Return a size with room for an image."""
        return QSize(480, 360)

    def set_image(self, location: Location | None) -> None:
        """Show another image once it is read; None shows nothing."""
        self._request += 1
        self._loader.forget()
        if location is None:
            self._show(self._request, "")
        else:
            self._loader.ask(self._request, location, SIDE)

    def close_images(self) -> None:
        """Stop reading images."""
        self._loader.close()

    def _show(self, key: int, made: QImage | str) -> None:
        if key != self._request:
            return
        self.image, self.text = (None, visible(made)) if isinstance(made, str) else (made, "")
        self.setAccessibleDescription(self.text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the image in the middle."""
        painter = QPainter(self)
        if self.image is None:
            room = self.rect().marginsRemoved(TEXT_MARGINS)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.text)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        box = QRect(QPoint(0, 0), size)
        box.moveCenter(self.rect().center())
        painter.drawImage(box, self.image)
