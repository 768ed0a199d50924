"""Start Orange's canvas, and write where on the screen things are: ``python -m tour.watched_canvas NOTES.json``.

Nothing here acts on Orange: it is only looked at.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from AnyQt.QtCore import QAbstractListModel, QPoint, QPointF, Qt, QTimer
from AnyQt.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QHeaderView, QLabel, QWidget
from Orange.evaluation import Results
from orangecanvas.application.canvasmain import CanvasMainWindow
from orangecanvas.scheme import SchemeNode
from quiet_orange import QuietOrange

PERIOD = 100
"""Milliseconds between two looks."""


class WatchedCanvas(QuietOrange):
    """Orange, which writes where on the screen things are.

    Parameters
    ----------
    notes : Path
        The file. It is replaced at each look.
    """

    def __init__(self, notes: Path) -> None:
        super().__init__()
        self._notes = notes

    def setup_main_window(self) -> CanvasMainWindow:
        """Start to look once there is a window."""
        window = super().setup_main_window()
        self._timer = QTimer(interval=PERIOD)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        return window

    def _look(self) -> None:
        document = self.window.current_document()
        handler = document.scene().user_interaction_handler
        seen = {
            "time": time.monotonic(),
            "is_busy": self.is_busy or self._lacks_widget(),
            "paper": _box(document.view().viewport()),
            "doing": type(handler).__name__,
            "nodes": {node.title: self._node(node) for node in self.scheme.nodes},
            "windows": _windows(self.window),
            "misclassified": self._misclassified(),
        }
        part = self._notes.with_suffix(".part")  # So that nobody reads a half.
        part.write_text(json.dumps(seen), encoding="utf-8")
        part.replace(self._notes)

    def _lacks_widget(self) -> bool:
        """Whether Orange has not made the widgets of all nodes yet."""
        made = {self.scheme.node_for_widget(widget) for widget in QApplication.topLevelWidgets()}
        return not made.issuperset(self.scheme.nodes)

    def _node(self, node: SchemeNode) -> dict[str, Any]:
        """Describe a node: where it and its sides are, and the messages that it shows."""
        item = self.window.current_document().scene().item_for_node(node)
        sides = {"left": item.inputAnchorItem, "right": item.outputAnchorItem}
        return {
            "name": node.description.name,
            "middle": self._on_screen(QPointF(*node.position)),
            "messages": [message.contents for message in node.state_messages() if message.contents],
            **{
                side: self._on_screen(anchor.mapToScene(anchor.anchorPath().pointAtPercent(0.5)))
                for side, anchor in sides.items()
            },
        }

    def _on_screen(self, place: QPointF) -> list[int]:
        view = self.window.current_document().view()
        return _point(view.viewport(), view.mapFromScene(place))

    def _misclassified(self) -> list[str]:
        """Name the images that were misclassified, by what the widgets of the workflow sent to each other."""
        named = set()
        for link in self.scheme.links:
            for results in self.scheme.signal_manager.link_contents(link).values():
                if isinstance(results, Results):
                    wrong = results.row_indices[results.actual != results.predicted[0]]
                    table = results.data[wrong]
                    (image,) = (each for each in table.domain.metas if each.attributes.get("type") == "image")
                    named |= set(table.get_column(image))
        return sorted(named)


def _windows(main: QWidget) -> dict[str, dict[str, Any]]:
    """Describe the open windows, and menus, by their titles: what is in them, and where."""
    return {
        window.windowTitle() or type(window).__name__: {
            "box": _box(window),
            "is_active": window.isActiveWindow(),
            "texts": [label.text() for label in window.findChildren(QLabel) if label.isVisible()],
            "buttons": {
                button.text(): _point(button, button.rect().center())
                for button in window.findChildren(QAbstractButton)
                if button.isVisible() and button.text()
            },
            "lists": [
                _list(view)
                for view in window.findChildren(QAbstractItemView)
                if view.isVisible() and not isinstance(view, QHeaderView)
            ],
        }
        for window in QApplication.topLevelWidgets()
        if window.isVisible() and window is not main
    }


def _list(view: QAbstractItemView) -> dict[str, Any]:
    """Describe a list or table: its cells, row by row, and where it shows them; None is out of sight."""
    model, root, box = view.model(), view.rootIndex(), view.viewport().rect()
    # A list does not say how many columns it has.
    columns = range(1 if isinstance(model, QAbstractListModel) else model.columnCount(root))
    rows = [[model.index(row, column, root) for column in columns] for row in range(model.rowCount(root))]
    return {
        "box": _box(view.viewport()),
        "names": [str(model.headerData(column, Qt.Orientation.Horizontal) or "") for column in columns],
        "cells": [[str(index.data() or "") for index in row] for row in rows],
        "tips": [[str(index.data(Qt.ItemDataRole.ToolTipRole) or "") for index in row] for row in rows],
        "places": [
            _point(view.viewport(), view.visualRect(row[0]).center())
            if row and box.contains(view.visualRect(row[0]).center())
            else None
            for row in rows
        ],
    }


def _box(widget: QWidget) -> list[int]:
    """Return left, top, width and height of a widget on the screen."""
    return [*_point(widget, QPoint(0, 0)), widget.width(), widget.height()]


def _point(widget: QWidget, place: QPoint) -> list[int]:
    place = widget.mapToGlobal(place)
    return [place.x(), place.y()]


if __name__ == "__main__":
    WatchedCanvas(Path(sys.argv[1])).run(["orange", "--no-welcome"])
