"""A list of a layer's channels as tiles, one of which can be chosen."""

from collections.abc import Sequence

import numpy as np
from AnyQt.QtCore import QSize, Qt, pyqtSignal
from AnyQt.QtGui import QIcon, QPixmap
from AnyQt.QtWidgets import QListView, QListWidget, QListWidgetItem

from .image_list import FramedDelegate
from .image_loader import to_image
from .plain_text import tooltip

SIDE = 72
"""Side of a tile in points."""


class TileList(QListWidget):
    """Shows tiles with the numbers of their channels.

    Signals
    -------
    chosen : int
        Channel of the tile that was chosen by mouse or keyboard.
    """

    chosen = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__(uniformItemSizes=True)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setGridSize(QSize(SIDE + 8, SIDE + self.fontMetrics().height() + 10))
        self.setItemDelegate(FramedDelegate(self))
        self.setAccessibleName("Channels")
        self.itemClicked.connect(self._choose)
        self.itemActivated.connect(self._choose)
        # Not when the current tile changes, as Qt sets one when Tab enters the list.
        self.itemSelectionChanged.connect(lambda: self._choose(self.currentItem()))
        self._is_showing = False
        self.setEnabled(False)

    def show_tiles(self, channels: Sequence[int], tiles: Sequence[np.ndarray], chosen: int | None) -> None:
        """Show tiles of shape (height, width, 3), uint8, and select that of the chosen channel."""
        self._is_showing = True
        self.clear()
        for channel, tile in zip(channels, tiles, strict=True):
            item = QListWidgetItem(_icon(tile), str(channel), self)
            item.setData(Qt.ItemDataRole.UserRole, int(channel))
            item.setToolTip(tooltip(f"Channel {channel}"))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"Channel {channel}")
            if channel == chosen:
                self.setCurrentItem(item)
        self.setEnabled(self.count() > 0)  # Tab passes an empty list by, in which the focus could not be seen.
        self._is_showing = False

    def channels(self) -> list[int]:
        """Return the channels that are shown, in order."""
        return [self.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.count())]

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None and not self._is_showing:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def _icon(tile: np.ndarray) -> QIcon:
    pixels = QPixmap.fromImage(to_image(tile))
    icon = QIcon(pixels)
    # Qt would tint the selected tile, whose colors have a meaning.
    icon.addPixmap(pixels, QIcon.Mode.Selected)
    return icon
