"""Orange's canvas, without the connections that it makes when it starts."""

from AnyQt.QtCore import QSettings
from Orange.canvas.__main__ import OMain
from orangewidget.workflow.widgetsscheme import WidgetsScheme


class QuietOrange(OMain):
    """Orange, which neither looks for news or updates nor sends statistics."""

    def activate_default_config(self) -> None:
        """Switch off the connections."""
        super().activate_default_config()
        settings = QSettings()
        for name in ("startup/check-updates", "notifications/check-notifications", "reporting/send-statistics"):
            settings.setValue(name, False)

    @property
    def scheme(self) -> WidgetsScheme:
        """Workflow that is open."""
        return self.window.current_document().scheme()

    @property
    def is_busy(self) -> bool:
        """Whether a widget works, or waits for data."""
        signals = self.scheme.signal_manager
        busy = (signals.pending_nodes, signals.active_nodes, signals.blocking_nodes, signals.invalidated_nodes)
        return any(nodes() for nodes in busy)
