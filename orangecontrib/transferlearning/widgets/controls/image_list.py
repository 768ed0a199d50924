"""A list of images with their names, whose thumbnails are made when they come into view."""

from collections import OrderedDict
from collections.abc import Sequence

from AnyQt.QtCore import QAbstractListModel, QModelIndex, QPoint, QRect, QSize, Qt
from AnyQt.QtGui import QColor, QIcon, QImage, QPainter, QPalette, QPixmap
from AnyQt.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ...records import Location
from .image_loader import ImageLoader

N_KEPT = 1000
"""Thumbnails that are kept at most."""


class ImageModel(QAbstractListModel):
    """Images by their places, with thumbnails of `side` x `side` points.

    Parameters
    ----------
    side : int
    parent : QWidget
        For its colors and the density of its screen.
    """

    def __init__(self, side: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._side = side
        self._widget = parent
        self._names: Sequence[str] = ()
        self._locations: Sequence[Location] = ()
        self._notes: Sequence[str] = ()
        self._made: OrderedDict[int, QPixmap] = OrderedDict()
        self._round = 0
        self._loader = ImageLoader()
        self._loader.made.connect(self._show)

    def set_images(self, names: Sequence[str], locations: Sequence[Location], notes: Sequence[str] = ()) -> None:
        """Show these images instead, with notes as their tooltips."""
        self.beginResetModel()
        self._names, self._locations, self._notes = names, locations, notes
        self._made.clear()
        self._loader.forget()
        self._round += 1
        self.endResetModel()

    def set_names(self, names: Sequence[str]) -> None:
        """Call the same images otherwise."""
        self._names = names
        self.dataChanged.emit(self.index(0), self.index(len(names) - 1), [Qt.ItemDataRole.DisplayRole])

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        """How many images there are."""
        return 0 if parent.isValid() else len(self._names)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give what Qt asks of an image."""
        place = index.row()
        if not 0 <= place < len(self._names):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._names[place]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._notes[place] if self._notes else self._names[place]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(place)
        return None

    def close(self) -> None:
        """Make no more thumbnails."""
        self._loader.close()

    @property
    def _density(self) -> float:
        return self._widget.devicePixelRatioF()

    def _thumbnail(self, place: int) -> QPixmap:
        if place in self._made:
            self._made.move_to_end(place)
            return self._made[place]
        self._loader.ask((self._round, place), self._locations[place], round(self._side * self._density))
        return self._framed(None)

    def _show(self, key: tuple[int, int], made: QImage | str) -> None:
        round_, place = key
        if round_ != self._round:
            return
        self._made[place] = self._framed(None, "?") if isinstance(made, str) else self._framed(made)
        if len(self._made) > N_KEPT:
            self._made.popitem(last=False)
        index = self.index(place)
        self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    def _framed(self, image: QImage | None, mark: str = "") -> QPixmap:
        """Lay an image into the middle of a square, so that all take the same room."""
        side = round(self._side * self._density)
        square = QPixmap(side, side)
        square.fill(Qt.GlobalColor.transparent)
        painter = QPainter(square)
        if image is not None:
            size = image.size().scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(QPoint(0, 0), size)
            place.moveCenter(square.rect().center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, image)
        else:
            color = QColor(self._widget.palette().color(QPalette.ColorRole.Text))
            color.setAlpha(40)
            painter.fillRect(side // 8, side // 8, side * 3 // 4, side * 3 // 4, color)
            painter.setPen(self._widget.palette().color(QPalette.ColorRole.Text))
            painter.drawText(square.rect(), Qt.AlignmentFlag.AlignCenter, mark)
        painter.end()
        square.setDevicePixelRatio(self._density)
        return square


class UntintedDelegate(QStyledItemDelegate):
    """Draws thumbnails in their own colors, also that of the selected row."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Give the image for both states."""
        super().initStyleOption(option, index)
        icon = QIcon(option.icon)
        icon.addPixmap(index.data(Qt.ItemDataRole.DecorationRole), QIcon.Mode.Selected)
        option.icon = icon


class ImageList(QListView):
    """Shows a `ImageModel`, one below the other or side by side.

    Parameters
    ----------
    side : int
        Of a thumbnail, in points.
    side_by_side : bool
    """

    def __init__(self, side: int, side_by_side: bool = False) -> None:
        super().__init__(uniformItemSizes=True)
        self.images = ImageModel(side, self)
        self.setModel(self.images)
        self.setItemDelegate(UntintedDelegate(self))
        self.setIconSize(QSize(side, side))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        if side_by_side:
            lines = self.fontMetrics().height()
            self.setViewMode(QListView.ViewMode.IconMode)
            self.setMovement(QListView.Movement.Static)
            self.setResizeMode(QListView.ResizeMode.Adjust)
            self.setGridSize(QSize(side + 16, side + 2 * lines + 12))
            self.setWordWrap(True)
