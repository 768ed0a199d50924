"""A list of the first images in an order, side by side below a title."""

from collections.abc import Sequence

from AnyQt.QtCore import QModelIndex, QSize, pyqtSignal
from AnyQt.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ...records import Location
from .image_list import ImageList
from .plain_text import PlainLabel

_THUMBNAIL = 64
_MARGIN = 8


class TwoLines(ImageList):
    """A list with room for two lines of images, or for one if there is no more."""

    def sizeHint(self) -> QSize:
        """Return a size with room for two lines."""
        return QSize(super().sizeHint().width(), 2 * self.gridSize().height() + _MARGIN)

    def minimumSizeHint(self) -> QSize:
        """Return a size with room for one line."""
        return QSize(super().minimumSizeHint().width(), self.gridSize().height() + _MARGIN)


class TopImages(QWidget):
    """Shows images of a table in an order, in two lines that can be scrolled.

    Attributes
    ----------
    rows : list of int
        Rows of the table.
    chosen : signal
        Row of an image that was clicked, or on which Space or Enter was pressed.
    """

    chosen = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []
        self.label = PlainLabel(wordWrap=True)
        self.list = TwoLines(_THUMBNAIL, side_by_side=True)
        self.list.setAccessibleName("Images that activate the channel most")
        self.list.setToolTip("Click one to see it above.")
        self.list.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.list.clicked.connect(self._chosen)
        self.list.activated.connect(self._chosen)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.label)
        column.addWidget(self.list)

    def show_images(
        self, rows: Sequence[int], names: Sequence[str], locations: Sequence[Location], notes: Sequence[str], title: str
    ) -> None:
        """Show images in the given order.

        Parameters
        ----------
        rows : sequence of int
            Rows of the table.
        names, locations, notes : sequences
            One of each per image, as in `ImageModel.set_images`.
        title : str
        """
        self.rows = list(rows)
        self.list.images.set_images(names, locations, notes)
        self.label.setText(title)

    def show_none(self, title: str) -> None:
        """Show a title and no images."""
        self.rows = []
        self.list.images.set_images([], [])
        self.label.setText(title)

    def close_images(self) -> None:
        """Stop making thumbnails."""
        self.list.images.close()

    def _chosen(self, index: QModelIndex) -> None:
        self.chosen.emit(self.rows[index.row()])
