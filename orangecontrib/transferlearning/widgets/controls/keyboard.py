"""The order in which Tab visits the controls of a widget."""

from collections.abc import Iterator
from itertools import pairwise

from AnyQt.QtCore import Qt
from AnyQt.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QLayout,
    QScrollArea,
    QSplitter,
    QTabWidget,
    QWidget,
)
from Orange.widgets.widget import OWWidget


def order_tabs(widget: OWWidget) -> None:
    """Let Tab visit the controls of a complete widget as they are read: control area, main area, status bar.

    The window and its scroll area are left out, as Qt scrolls to the control that is visited. Buttons that Orange
    makes without text get their tooltips as names.
    """
    widget.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    for area in widget.findChildren(QScrollArea):
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    for one, next_one in pairwise(_stops(widget)):
        QWidget.setTabOrder(one, next_one)
    for button in widget.findChildren(QAbstractButton):
        if not button.text():
            button.setAccessibleName(button.toolTip())


def _stops(widget: QWidget) -> Iterator[QWidget]:
    """Yield the controls in a widget, in the order of its layouts."""
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not isinstance(widget, QTabWidget):
        yield widget
        return  # The parts of a control get the focus from it.
    parts = _parts(widget)
    others = [each for each in widget.children() if isinstance(each, QWidget) and each not in parts]
    for each in (*parts, *others):
        if not each.isWindow():
            yield from _stops(each)


def _parts(widget: QWidget) -> list[QWidget]:
    if isinstance(widget, QTabWidget):
        return [widget.tabBar()]
    if isinstance(widget, QSplitter):
        return list(map(widget.widget, range(widget.count())))
    return [] if widget.layout() is None else list(_laid_out(widget.layout()))


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    places = range(layout.count())
    if isinstance(layout, QGridLayout):
        places = sorted(places, key=lambda place: layout.getItemPosition(place)[:2])
    for item in map(layout.itemAt, places):
        if item.widget() is not None:
            yield item.widget()
        elif item.layout() is not None:
            yield from _laid_out(item.layout())
