"""Hints in empty fields."""

from AnyQt.QtGui import QColor, QPalette
from AnyQt.QtWidgets import QComboBox, QLineEdit

_ALPHA = 190


def show_hint(field: QLineEdit | QComboBox, text: str) -> None:
    """Show a hint in a field while it is empty.

    Orange's dark palettes leave the colour of hints black: it is made here, of that of other text.
    """
    field.setPlaceholderText(text)
    palette = field.palette()
    colour = QColor(palette.color(QPalette.ColorRole.Text))
    colour.setAlpha(_ALPHA)
    palette.setColor(QPalette.ColorRole.PlaceholderText, colour)
    field.setPalette(palette)
