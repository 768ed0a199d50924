"""The row below a widget's controls that says how a run goes, and stops it."""

from collections.abc import Callable

from AnyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget


class StatusRow(QWidget):
    """Words about a run, and the button "Cancel" while it goes on.

    Parameters
    ----------
    cancel : callable
        What the button does, besides saying so.
    """

    def __init__(self, cancel: Callable[[], None]) -> None:
        super().__init__()
        self._cancel = cancel
        self.label = QLabel()
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.button = QPushButton("Cancel", autoDefault=False, clicked=self._clicked)
        policy = self.button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.button.setSizePolicy(policy)
        self.button.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)

    def say(self, text: str) -> None:
        """Show these words."""
        self.label.setText(text)
        self.label.setToolTip(text)

    def _clicked(self) -> None:
        self._cancel()
        self.say("Cancelled")
