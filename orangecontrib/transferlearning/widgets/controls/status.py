"""How a widget's run in a thread goes: told in a row below the controls, and ended there."""

from collections.abc import Callable
from typing import Any

from AnyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget
from Orange.widgets.utils.concurrent import ConcurrentWidgetMixin


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

    def end(self, text: str = "") -> None:
        """Show these words of a run that is over."""
        self.button.hide()
        self.say(text)

    def _clicked(self) -> None:
        self._cancel()
        self.say("Cancelled")


class StatusMixin(ConcurrentWidgetMixin):
    """Runs that a widget tells of in its `StatusRow`; comes before the widget among the bases of a class.

    Attributes
    ----------
    status : StatusRow
        To be put where the widget wants it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.status = StatusRow(self.cancel_clicked)

    def start(self, task: Callable, *args: Any, **kwargs: Any) -> None:
        """Start a run in a thread, in place of that which goes on."""
        super().start(task, *args, **kwargs)
        self.status.button.show()

    def cancel(self) -> None:
        """Stop the run, if there is one, within a batch; nothing of it is sent."""
        super().cancel()
        self.status.button.hide()

    def cancel_clicked(self) -> None:
        """Do what the button "Cancel" does."""
        self.cancel()

    def setStatusMessage(self, text: str) -> None:
        """Show a run's progress here too; the canvas forgets it when the run ends, the widget does not."""
        super().setStatusMessage(text)
        if text:
            self.status.say(text)
