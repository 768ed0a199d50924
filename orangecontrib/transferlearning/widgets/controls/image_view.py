"""One image, as large as there is room for it."""

from AnyQt.QtCore import QPoint, QRect, QSize, Qt
from AnyQt.QtGui import QImage, QPainter, QPaintEvent
from AnyQt.QtWidgets import QSizePolicy, QWidget

from ...records import Location
from .image_loader import ImageLoader

SIDE = 1200
"""Pixels that are read of an image, at most, a side."""


class ImageView(QWidget):
    """Shows one image, or the reason why it cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 150)
        self.text = ""
        self.image: QImage | None = None
        self._asked = 0
        self._loader = ImageLoader()
        self._loader.made.connect(self._show)

    def sizeHint(self) -> QSize:
        """Room for an image."""
        return QSize(480, 360)

    def set_image(self, location: Location | None) -> None:
        """Show another image; None shows nothing. The one before stays until this one is read."""
        self._asked += 1
        self._loader.forget()
        if location is None:
            self._show(self._asked, "")
        else:
            self._loader.ask(self._asked, location, SIDE)

    def close_images(self) -> None:
        """Read no more."""
        self._loader.close()

    def _show(self, key: int, made: QImage | str) -> None:
        if key != self._asked:
            return
        self.image, self.text = (None, made) if isinstance(made, str) else (made, "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the image in the middle."""
        painter = QPainter(self)
        if self.image is None:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.text)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(QPoint(0, 0), size)
        place.moveCenter(self.rect().center())
        painter.drawImage(place, self.image)
