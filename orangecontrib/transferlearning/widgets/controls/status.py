"""A row that shows the progress of a widget's run, and buttons that cancel it or start it again."""

from collections.abc import Callable
from typing import Any

from AnyQt.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from Orange.widgets.utils.concurrent import ConcurrentWidgetMixin

from ...visible_text import visible
from .forms import text_to_copy
from .plain_text import EscapedReport, PlainLabel

_WITHOUT_BRACES = str.maketrans("{}", "()")
"""Orange formats a status by what is in braces."""


class StatusRow(QWidget):
    """A row with the status of a run, a button "Cancel" while it lasts, and "Try Again" after some errors.

    Parameters
    ----------
    cancel : callable
        Called when the button is pressed.
    """

    def __init__(self, cancel: Callable[[], None]) -> None:
        super().__init__()
        self._cancel = cancel
        self.label = PlainLabel(wordWrap=True)
        self.button = QPushButton("Cancel", autoDefault=False, clicked=self._clicked)
        policy = self.button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.button.setSizePolicy(policy)
        self.button.hide()
        self.retry_button = QPushButton("Try Again", autoDefault=False, clicked=self._retry_clicked)
        self.retry_button.hide()
        self._retry: Callable[[], None] | None = None
        self.reason = text_to_copy()
        self.row = QHBoxLayout()
        self.row.addWidget(self.label, 1)
        self.row.addWidget(self.retry_button)
        self.row.addWidget(self.button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.reason)
        rows.addLayout(self.row)

    def begin(self) -> None:
        """Show that a run has begun."""
        self._withdraw_retry()
        self.button.show()

    def say(self, text: str) -> None:
        """Show a text on as many lines as it takes."""
        self.label.setText(text)

    def hide_buttons(self) -> None:
        """Hide the button that cancels, and the offer to try again."""
        self.button.hide()
        self._withdraw_retry()

    def end(self, text: str = "") -> None:
        """Show a text about a run that has ended."""
        self.hide_buttons()
        self.say(text)

    def offer_retry(self, reason: str, retry: Callable[[], None]) -> None:
        """Show why a run has failed, on as many lines as it takes, and a button that calls a function."""
        self.end()
        self.reason.setText(reason)
        self._retry = retry
        self.reason.show()
        self.retry_button.show()

    def _clicked(self) -> None:
        self._cancel()
        self.say("Cancelled")

    def _retry_clicked(self) -> None:
        self._withdraw_retry()
        self._retry()

    def _withdraw_retry(self) -> None:
        self.reason.hide()
        self.retry_button.hide()


class StatusMixin(EscapedReport, ConcurrentWidgetMixin):
    """A mixin that shows runs in a `StatusRow`, and escapes reports; it precedes the widget class among the bases.

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
        self.status.begin()

    def cancel(self) -> None:
        """Stop the run after the current batch; it sends nothing."""
        super().cancel()
        self.status.hide_buttons()

    def cancel_clicked(self) -> None:
        """Cancel the run when the button is pressed."""
        self.cancel()

    def progressBarSet(self, value: float) -> None:
        """Show the share that is done, in percent; the row tells the time left, not the title of the window too."""
        super().progressBarSet(value)
        self.setWindowTitle(f"{self.captionTitle} ({int(value)}%)")

    def setStatusMessage(self, text: str) -> None:
        """Show the status of a run in the row too, where it remains after the run."""
        super().setStatusMessage(visible(text).translate(_WITHOUT_BRACES))
        if text:
            self.status.say(text)
