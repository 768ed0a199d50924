"""The images that come first in some order, side by side below a line of text."""

from collections.abc import Sequence

from AnyQt.QtCore import QModelIndex, pyqtSignal
from AnyQt.QtWidgets import QLabel, QVBoxLayout, QWidget

from ...records import Location
from .image_list import ImageList

_THUMBNAIL = 64
_MARGIN = 8


class TopImages(QWidget):
    """Shows images of a table in an order, as many as have room in two lines, before others are scrolled to.

    Attributes
    ----------
    rows : list of int
        Of the table.
    chosen : signal
        An image was clicked: its row.
    """

    chosen = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []
        self.label = QLabel(minimumWidth=50)
        self.list = ImageList(_THUMBNAIL, side_by_side=True)
        self.list.setToolTip("Click one to see it above.")
        self.list.setFixedHeight(self.list.gridSize().height() * 2 + _MARGIN)
        self.list.clicked.connect(self._clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.label)
        column.addWidget(self.list)

    def show_images(
        self, rows: Sequence[int], names: Sequence[str], locations: Sequence[Location], notes: Sequence[str], title: str
    ) -> None:
        """Show images, the first one first.

        Parameters
        ----------
        rows : sequence of int
            Of the table.
        names, locations, notes : sequences
            An image each, as `ImageModel.set_images` takes them.
        title : str
            What they are.
        """
        self.rows = list(rows)
        self.list.images.set_images(names, locations, notes)
        self.label.setText(title)

    def show_none(self, title: str) -> None:
        """Show no images, but a text."""
        self.rows = []
        self.list.images.set_images([], [])
        self.label.setText(title)

    def close_images(self) -> None:
        """End the loading of images."""
        self.list.images.close()

    def _clicked(self, index: QModelIndex) -> None:
        self.chosen.emit(self.rows[index.row()])
