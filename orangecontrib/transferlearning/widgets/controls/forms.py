"""Forms, columns, hints in empty fields, text to copy, and combo boxes that are bound to a setting."""

from collections.abc import Callable, Mapping

from AnyQt.QtCore import Qt
from AnyQt.QtGui import QColor, QPalette
from AnyQt.QtWidgets import QComboBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget
from Orange.widgets import gui

from .plain_text import PlainLabel

_HINT_ALPHA = 190

MARGINS = (8, 6, 8, 6)
"""Margins in a box in pixels: left, top, right, bottom."""


def make_form(parent: QWidget | None = None) -> QFormLayout:
    """Return a form whose controls use the whole width."""
    form = QFormLayout(parent, fieldGrowthPolicy=QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setContentsMargins(*MARGINS)
    return form


def boxed_form(area: QWidget, title: str) -> QFormLayout:
    """Add a box with a title and a form to an area of a widget, and return the form."""
    form = make_form()
    gui.widgetBox(area, title, orientation=form)
    form.setContentsMargins(*MARGINS)  # Orange sets other margins in its boxes.
    return form


def make_column(n_lines: int) -> QWidget:
    """Return a widget with a column, at least this many lines of text high.

    Qt counts one line of text that wraps, so a lower window would lay controls over each other.
    """
    column = QWidget()
    column.setMinimumHeight(n_lines * column.fontMetrics().height())
    QVBoxLayout(column).setContentsMargins(0, 0, 0, 0)
    return column


def show_hint(field: QLineEdit | QComboBox, text: str) -> None:
    """Show a hint in a field while it is empty.

    Orange's dark palettes leave hints black, so the color is derived from that of the text.
    """
    field.setPlaceholderText(text)
    palette = field.palette()
    color = QColor(palette.color(QPalette.ColorRole.Text))
    color.setAlpha(_HINT_ALPHA)
    palette.setColor(QPalette.ColorRole.PlaceholderText, color)
    field.setPalette(palette)


def text_to_copy() -> PlainLabel:
    """Return a hidden label whose text wraps, and can be selected by mouse and keyboard."""
    label = PlainLabel(wordWrap=True, visible=False)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return label


def choice_combo(owner: object, setting: str, titles: Mapping[str, str], chosen: Callable[[], object]) -> QComboBox:
    """Return a combo box for a setting that holds a name. An index would change with the list.

    Parameters
    ----------
    owner : OWWidget or OWComponent
        Owner of the setting. A name from an older workflow that is not in the list stays set, and is shown in gray.
    setting : str
    titles : mapping of str to str
        Title shown for each name.
    chosen : callable
        Called after another name is set.
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
