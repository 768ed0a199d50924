"""A list of images with names. A thumbnail is made when it comes into view."""

from collections import OrderedDict
from collections.abc import Sequence

from AnyQt.QtCore import QAbstractListModel, QModelIndex, QPoint, QRect, QSize, Qt
from AnyQt.QtGui import QColor, QIcon, QImage, QKeyEvent, QPainter, QPalette, QPen, QPixmap
from AnyQt.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ...records import Location
from ...visible_text import visible
from .image_loader import ImageLoader
from .plain_text import tooltip

N_KEPT = 1000
"""Number of thumbnails that are kept, at most."""

_FRAME = 2


class ImageModel(QAbstractListModel):
    """A model of images by row, with thumbnails of `side` x `side` points.

    Parameters
    ----------
    side : int
    parent : QWidget
        Widget whose colors and screen density are used.
    """

    def __init__(self, side: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._side = side
        self._widget = parent
        self._names: Sequence[str] = ()
        self._locations: Sequence[Location] = ()
        self._notes: Sequence[str] = ()
        self._second_lines: Sequence[str] = ()
        self._thumbnails: OrderedDict[int, QPixmap] = OrderedDict()
        self._generation = 0
        self._loader = ImageLoader()
        self._loader.made.connect(self._show)

    def set_images(self, names: Sequence[str], locations: Sequence[Location], notes: Sequence[str] = ()) -> None:
        """Show other images, with notes as tooltips."""
        self.beginResetModel()
        self._names, self._locations, self._notes, self._second_lines = names, locations, notes, ()
        self._thumbnails.clear()
        self._loader.forget()
        self._generation += 1
        self.endResetModel()

    def set_second_lines(self, texts: Sequence[str]) -> None:
        """Show a text below the name of each image."""
        self._second_lines = texts
        self.dataChanged.emit(self.index(0), self.index(len(texts) - 1), [Qt.ItemDataRole.DisplayRole])

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        """Return the number of images."""
        return 0 if parent.isValid() else len(self._names)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the name, the tooltip or the thumbnail of an image."""
        row = index.row()
        if not 0 <= row < len(self._names):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            lines = [self._names[row], *self._second_lines[row : row + 1]]
            return "\n".join(map(visible, lines))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(self._notes[row] if self._notes else self._names[row])
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(row)
        return None

    def close(self) -> None:
        """Stop making thumbnails."""
        self._loader.close()

    @property
    def _density(self) -> float:
        return self._widget.devicePixelRatioF()

    def _thumbnail(self, row: int) -> QPixmap:
        if row in self._thumbnails:
            self._thumbnails.move_to_end(row)
            return self._thumbnails[row]
        self._loader.ask((self._generation, row), self._locations[row], round(self._side * self._density))
        return self._framed(None)

    def _show(self, key: tuple[int, int], made: QImage | str) -> None:
        generation, row = key
        if generation != self._generation:
            return
        self._thumbnails[row] = self._framed(None, "?") if isinstance(made, str) else self._framed(made)
        if len(self._thumbnails) > N_KEPT:
            self._thumbnails.popitem(last=False)
        index = self.index(row)
        self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    def _framed(self, image: QImage | None, mark: str = "") -> QPixmap:
        """Return a square with the image, or a mark, in its middle."""
        side = round(self._side * self._density)
        square = QPixmap(side, side)
        square.fill(Qt.GlobalColor.transparent)
        painter = QPainter(square)
        if image is not None:
            size = image.size().scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)
            box = QRect(QPoint(0, 0), size)
            box.moveCenter(square.rect().center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, image)
        else:
            text = self._widget.palette().color(QPalette.ColorGroup.Active, QPalette.ColorRole.Text)
            color = QColor(text)
            color.setAlpha(40)
            painter.fillRect(side // 8, side // 8, side * 3 // 4, side * 3 // 4, color)
            painter.setPen(text)
            painter.drawText(square.rect(), Qt.AlignmentFlag.AlignCenter, mark)
        painter.end()
        square.setDevicePixelRatio(self._density)
        return square


class FramedDelegate(QStyledItemDelegate):
    """Draws a frame around selected items, whose color is not their only sign then."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw an item, and a frame if it is selected."""
        super().paint(painter, option, index)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.save()
            painter.setPen(QPen(option.palette.color(QPalette.ColorRole.Text), _FRAME))
            painter.drawRect(option.rect.adjusted(1, 1, -1, -1))
            painter.restore()


class UntintedDelegate(FramedDelegate):
    """Draws thumbnails in their own colors, also in selected rows."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Use the same image in selected and other rows."""
        super().initStyleOption(option, index)
        icon = QIcon(option.icon)
        icon.addPixmap(index.data(Qt.ItemDataRole.DecorationRole), QIcon.Mode.Selected)
        option.icon = icon


class ImageList(QListView):
    """Shows the images of an `ImageModel` in a column or side by side.

    Its signal `activated` is sent for Enter, which Qt does, and for Space.

    Parameters
    ----------
    side : int
        Side of a thumbnail in points.
    side_by_side : bool
    """

    def __init__(self, side: int, side_by_side: bool = False) -> None:
        super().__init__(uniformItemSizes=True)
        self.images = ImageModel(side, self)
        self.setModel(self.images)
        # Tab passes an empty list by, in which the focus could not be seen.
        self.images.modelReset.connect(lambda: self.setEnabled(self.images.rowCount() > 0))
        self.setEnabled(False)
        self.setItemDelegate(UntintedDelegate(self))
        self.setIconSize(QSize(side, side))
        self.setViewportMargins(0, _FRAME, 0, 0)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        if side_by_side:
            lines = self.fontMetrics().height()
            self.setViewMode(QListView.ViewMode.IconMode)
            self.setMovement(QListView.Movement.Static)
            self.setResizeMode(QListView.ResizeMode.Adjust)
            self.setGridSize(QSize(side + 16, side + 2 * lines + 12))
            self.setWordWrap(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move to another image, select it or activate it."""
        super().keyPressEvent(event)
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
