"""A combo box of names with titles, which is bound to a setting."""

from collections.abc import Callable, Mapping

from AnyQt.QtGui import QColor, QPalette
from AnyQt.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget
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


_ALPHA = 190


def show_hint(field: QLineEdit | QComboBox, text: str) -> None:
    """Show a hint in a field while it is empty.

    Orange's dark palettes leave the color of hints black: it is made here, of that of other text.
    """
    field.setPlaceholderText(text)
    palette = field.palette()
    color = QColor(palette.color(QPalette.ColorRole.Text))
    color.setAlpha(_ALPHA)
    palette.setColor(QPalette.ColorRole.PlaceholderText, color)
    field.setPalette(palette)


def choice_combo(owner: object, setting: str, titles: Mapping[str, str], chosen: Callable[[], object]) -> QComboBox:
    """Make a combo box for a setting that holds a name, never a place in the list, which may change.

    Parameters
    ----------
    owner : OWWidget or OWComponent
        Whose setting it is. A name of an older workflow that is not in the list stays set, and is shown in gray.
    setting : str
    titles : mapping of str to str
        What is shown for each name.
    chosen : callable
        Called once another name is set.
    """
    combo = QComboBox()
    for name, title in titles.items():
        combo.addItem(title, name)
    show_hint(combo, getattr(owner, setting))
    combo.setCurrentIndex(combo.findData(getattr(owner, setting)))

    def choose(index: int) -> None:
        if combo.itemData(index) != getattr(owner, setting):
            setattr(owner, setting, combo.itemData(index))
            chosen()

    combo.activated[int].connect(choose)
    return combo
