"""Pictures with what they show: a list, the chosen one large, and its classes."""

from AnyQt.QtCore import Qt, pyqtSignal
from AnyQt.QtWidgets import QAbstractItemView, QLabel, QSplitter, QVBoxLayout, QWidget

from ...items import Location
from ...predictiontable import TablePredictions
from .classbars import ClassBars
from .picturelist import PictureList
from .pictureview import PictureView

SIDE = 64


class PredictionView(QSplitter):
    """Shows predictions; pictures can be selected.

    Signals
    -------
    selected
        Another choice of pictures.
    """

    selected = pyqtSignal()

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self.list = PictureList(SIDE)
        self.list.setMinimumWidth(140)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.selectionModel().selectionChanged.connect(lambda: self.selected.emit())
        self.list.selectionModel().currentChanged.connect(self._show_current)
        self.picture = PictureView()
        self.name = QLabel(textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.name.setMinimumWidth(50)
        self.bars = ClassBars()
        self._shown: TablePredictions | None = None
        self._locations: list[Location] = []
        self._names: list[str] = []
        self._n_classes = 0
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 0, 0, 0)
        column.addWidget(self.picture, 1)
        column.addWidget(self.name)
        column.addWidget(self.bars)
        self.addWidget(self.list)
        self.addWidget(side)
        self.setStretchFactor(1, 1)
        self.setSizes([240, 420])

    def show_predictions(self, predictions: TablePredictions | None, n_classes: int) -> None:
        """Show these pictures, the first one large; None shows nothing."""
        self._shown, self._n_classes = predictions, n_classes
        pictures = [] if predictions is None else predictions.pictures
        self._names, self._locations = [name for name, _ in pictures], [location for _, location in pictures]
        tops = [] if predictions is None else [each.classes[0].name for each in predictions.predictions]
        short = [f"{name.rpartition('/')[2]}\n{top}" for name, top in zip(self._names, tops, strict=True)]
        self.list.pictures.set_pictures(short, self._locations, self._names)
        if self._locations:
            self.list.setCurrentIndex(self.list.pictures.index(0))
            self.list.clearSelection()
        else:
            self._show_current()

    def show_classes(self, n_classes: int) -> None:
        """Show so many classes of the picture."""
        self._n_classes = n_classes
        self._show_bars()

    def selected_places(self) -> list[int]:
        """Which of the predictions are selected, in their order."""
        return sorted(index.row() for index in self.list.selectionModel().selectedIndexes())

    def close_pictures(self) -> None:
        """Read no more pictures."""
        self.list.pictures.close()
        self.picture.close_pictures()

    def _show_current(self) -> None:
        place = self.list.currentIndex().row()
        found = 0 <= place < len(self._locations)
        self.picture.set_picture(self._locations[place] if found else None)
        name = self._names[place] if found else ""
        self.name.setToolTip(name)
        self.name.setText(name)
        self._show_bars()

    def _show_bars(self) -> None:
        place = self.list.currentIndex().row()
        found = self._shown is not None and 0 <= place < len(self._shown.predictions)
        self.bars.set_classes(self._shown.predictions[place].classes[: self._n_classes] if found else ())
