"""Forms: controls with their labels before them."""

from AnyQt.QtWidgets import QFormLayout, QWidget
from Orange.widgets import gui

MARGINS = (8, 6, 8, 6)
"""Pixels around what a box holds: left, top, right, bottom."""


def make_form(parent: QWidget | None = None) -> QFormLayout:
    """Make a form, whose controls are as wide as there is room."""
    form = QFormLayout(parent, fieldGrowthPolicy=QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setContentsMargins(*MARGINS)
    return form


def boxed_form(area: QWidget, title: str) -> QFormLayout:
    """Make a form in a box with a title, below what an area of a widget holds already."""
    form = make_form()
    gui.widgetBox(area, title, orientation=form)
    form.setContentsMargins(*MARGINS)  # Orange gives the layout of a box margins of its own.
    return form
