"""A row that shows the progress of a widget's run, and a button that cancels it."""

from collections.abc import Callable
from typing import Any

from AnyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget
from Orange.widgets.utils.concurrent import ConcurrentWidgetMixin


class StatusRow(QWidget):
    """A row with the status of a run, and a button "Cancel" while it lasts.

    Parameters
    ----------
    cancel : callable
        Called when the button is pressed.
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
        """Show a text."""
        self.label.setText(text)
        self.label.setToolTip(text)

    def end(self, text: str = "") -> None:
        """Show a text about a run that has ended."""
        self.button.hide()
        self.say(text)

    def _clicked(self) -> None:
        self._cancel()
        self.say("Cancelled")


class StatusMixin(ConcurrentWidgetMixin):
    """A mixin that shows runs in a `StatusRow`; it precedes the widget class among the bases.

    Attributes
    ----------
    status : StatusRow
        Row that the widget adds to its layout.
    """

    def __init__(self) -> None:
        super().__init__()
        self.status = StatusRow(self.cancel_clicked)

    def start(self, task: Callable, *args: Any, **kwargs: Any) -> None:
        """Start a run in a thread, in place of the current one."""
        super().start(task, *args, **kwargs)
        self.status.button.show()

    def cancel(self) -> None:
        """Stop the run after the current batch; it sends nothing."""
        super().cancel()
        self.status.button.hide()

    def cancel_clicked(self) -> None:
        """Cancel the run when the button is pressed."""
        self.cancel()

    def progressBarSet(self, value: float) -> None:
        """Show the share that is done, in percent; the row tells the time left, not the title of the window too."""
        super().progressBarSet(value)
        self.setWindowTitle(f"{self.captionTitle} ({value:.0f}%)")

    def setStatusMessage(self, text: str) -> None:
        """Show the status of a run in the row too, where it remains after the run."""
        super().setStatusMessage(text)
        if text:
            self.status.say(text)
