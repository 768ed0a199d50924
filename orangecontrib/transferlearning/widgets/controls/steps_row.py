"""A row in which steps that change images are typed, or picked from a menu."""

from collections.abc import Mapping
from types import MappingProxyType

from AnyQt.QtCore import Qt, pyqtSignal
from AnyQt.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from ...images.full_range_steps import place_of_step
from .forms import show_hint

SAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "frame:2": "Read another frame of a stack or animation",
        "channel:1": "Read one channel, as gray",
        "opaque": "Ignore alpha: show the colors that it hides",
        "range:0,4095": "Stretch the values of the file between two numbers, also of 12 or 16 bits",
        "percentiles:1,99": "Stretch the values of the file between two percentiles, also of 12 or 16 bits",
        "gamma:0.5": "Change dark parts: less than 1 is brighter",
        "crop:0,0.35,1,0.9": "Keep a part: left, top, right and bottom edge, from 0 to 1",
        "square": "Keep the largest square in the middle",
        "pad": "Add white borders to make a square",
        "resize:240x320": "Resize to a height and a width in pixels",
        "gray": "Convert to gray",
        "brightness:1.5": "Change the brightness: 1 changes nothing",
        "contrast:1.5": "Change the contrast: 1 changes nothing",
        "saturation:1.5": "Change the saturation of colors: 1 changes nothing",
        "autocontrast": "Stretch each color to the whole range",
        "equalize": "Spread each color evenly over the range",
        "mirror": "Swap left and right",
        "rotate:90": "Rotate clockwise by 90, 180 or 270 degrees",
    }
)
"""Steps that the menu adds, with their titles; each is one of `steps.STEPS`."""


class StepsRow(QWidget):
    """A line with steps separated by spaces, and a menu that adds steps.

    Parameters
    ----------
    text : str
        Steps in the line.
    """

    changed = pyqtSignal(str)
    """Sent with the steps when they have changed."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._text = text
        self.line = QLineEdit(text, clearButtonEnabled=True)
        show_hint(self.line, "none")
        self.line.setAccessibleName("Steps")
        self.line.setToolTip("Steps that change each image before the network reads it, in this order.")
        self.line.editingFinished.connect(self._send_changes)
        self.button = QToolButton(text="Add", popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.setToolTip("Add a step to the line.")
        menu = QMenu(self.button)
        for step, meaning in SAMPLES.items():
            menu.addAction(f"{meaning} ({step})").triggered.connect(lambda _, step=step: self.add(step))
        self.button.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)

    def add(self, step: str) -> None:
        """Add a step after the others, or among the first if that is where it works."""
        self.line.setText(" ".join(sorted([*self.line.text().split(), step], key=place_of_step)))
        self._send_changes()

    def _send_changes(self) -> None:
        text = " ".join(self.line.text().split())
        if text != self._text:
            self._text = text
            self.changed.emit(text)
