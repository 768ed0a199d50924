"""Control Orange's canvas with events of the mouse, and count the gestures."""

from collections import Counter
from pathlib import Path

from AnyQt.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt, QTimer, QUrl
from AnyQt.QtTest import QTest
from AnyQt.QtWidgets import QWidget
from orangecanvas.application.canvasmain import CanvasMainWindow
from orangecanvas.document.quickmenu import QuickMenu, SuggestMenuPage
from orangecanvas.gui.test import dragDrop, mouseMove
from orangecanvas.scheme import SchemeNode

BRIEFLY = 60
"""Milliseconds between two movements."""

N_MOVES = 6
"""Number of mouse movements of a drag."""

_LEFT = Qt.MouseButton.LeftButton


class Mouse:
    """Sends events of the mouse to a window of Orange.

    Parameters
    ----------
    window : CanvasMainWindow

    Attributes
    ----------
    made : Counter
        How many drags, clicks and double clicks.
    """

    def __init__(self, window: CanvasMainWindow) -> None:
        self._document = window.current_document()
        self.made: Counter[str] = Counter()

    @property
    def _paper(self) -> QWidget:
        return self._document.view().viewport()

    def node(self, title: str) -> SchemeNode:
        """Find a widget on the canvas."""
        (found,) = (node for node in self._document.scheme().nodes if node.title == title)
        return found

    def place(self, title: str) -> QPoint:
        """Return the position of a widget on the canvas, in points."""
        return self._document.view().mapFromScene(QPointF(*self.node(title).position))

    def drop(self, path: Path, place: QPoint) -> None:
        """Drop a folder or file on the canvas."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        assert dragDrop(self._paper, data, place), "the canvas does not take it"
        self.made["drag"] += 1

    def extend(self, title: str, place: QPoint, wanted: str, *, backwards: bool = False) -> None:
        """Drag a link from a widget to an empty position, and choose another widget from the menu that opens there.

        Parameters
        ----------
        title : str
            Of the widget that is there.
        place : QPoint
            On the paper.
        wanted : str
            Name of the widget.
        backwards : bool
            Whether to drag from the left side, for what comes before.
        """
        self._drag(self._side(title, backwards), place, wanted)

    def connect(self, title: str, other: str) -> None:
        """Drag a link from one widget to another."""
        self._drag(self._side(title), self.place(other))

    def open(self, title: str) -> None:
        """Double click a widget."""
        QTest.mouseDClick(self._paper, _LEFT, pos=self.place(title))
        self.made["double click"] += 1

    def click(self, widget: QWidget, place: QPoint) -> None:
        """Click on something."""
        QTest.mouseClick(widget, _LEFT, pos=place)
        self.made["click"] += 1

    @property
    def menu(self) -> QuickMenu:
        """The menu of widgets."""
        return self._document.quickMenu()

    def shown(self, wanted: str) -> None:
        """Do something when the menu shows the widget that will be chosen; the default does nothing."""

    def _pick(self, wanted: str) -> None:
        view = self.menu.findChild(SuggestMenuPage).view()
        rows = {view.model().index(row, 0).data(): row for row in range(view.model().rowCount(QModelIndex()))}
        index = view.model().index(rows[wanted], 0)
        view.scrollTo(index, view.ScrollHint.PositionAtCenter)
        view.setCurrentIndex(index)
        QTest.qWait(BRIEFLY)
        self.shown(wanted)
        self.click(view.viewport(), view.visualRect(index).center())

    def _side(self, title: str, backwards: bool = False) -> QPoint:
        item = self._document.scene().item_for_node(self.node(title))
        anchor = item.inputAnchorItem if backwards else item.outputAnchorItem
        return self._document.view().mapFromScene(anchor.mapToScene(anchor.anchorPath().pointAtPercent(0.5)))

    def _drag(self, start: QPoint, end: QPoint, wanted: str = "") -> None:
        QTest.mousePress(self._paper, _LEFT, pos=start)
        for step in range(1, N_MOVES + 1):
            mouseMove(self._paper, _LEFT, pos=start + (end - start) * step / N_MOVES, delay=BRIEFLY)
        self.made["drag"] += 1
        if wanted:  # The menu does not return before something is picked.
            QTimer.singleShot(5 * BRIEFLY, lambda: self._pick(wanted))
        QTest.mouseRelease(self._paper, _LEFT, pos=end)
