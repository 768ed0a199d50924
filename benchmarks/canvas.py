"""Orange's own canvas in a child process, controlled by a script that waits for its widgets as a person would."""

import os
import sys
from collections.abc import Callable, Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # Before Qt is loaded.

from AnyQt.QtCore import QSettings, QTimer
from Orange.canvas.__main__ import OMain
from Orange.widgets.widget import OWWidget
from orangewidget.workflow.widgetsscheme import WidgetsScheme

from .gaps import Gaps

CHECK_INTERVAL = 20
"""Milliseconds between two checks of whether the script can continue."""

N_QUIET = 15
"""Number of checks without activity after which a workflow counts as idle."""

Wait = Callable[[], bool]
"""A function that returns True when the script can continue."""


class Canvas(OMain):
    """Orange with a window, and a timer that measures whether the window responds.

    Attributes
    ----------
    gaps : Gaps
    facts : dict of str to float
        Measurements of the script.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gaps = Gaps()
        self.facts: dict[str, float] = {}
        self._script: Callable[[], Iterator[Wait]] = lambda: iter(())
        self._nodes: dict[str, object] = {}
        self._n_quiet = 0
        self._error: BaseException | None = None

    def follow(self, script: Callable[[], Iterator[Wait]]) -> None:
        """Open the window, run the script, and close the window.

        Parameters
        ----------
        script : callable
            Returns an iterator over functions to wait for; it runs in the window's thread.
        """
        self._script = script
        self.run(["orange", "--no-welcome", "--no-splash", "no file"])
        if self._error:
            raise self._error

    def activate_default_config(self) -> None:
        """Keep Orange from downloading anything."""
        super().activate_default_config()
        settings = QSettings()
        for name in ("startup/check-updates", "notifications/check-notifications", "reporting/send-statistics"):
            settings.setValue(name, False)

    def open_files(self, paths: list[str]) -> None:
        """Start the script; an error ends it, where Orange would show a dialog and wait."""
        sys.excepthook = self._fail
        self.gaps.start()
        self._steps = self._script()
        self._wait: Wait | None = lambda: True
        self._timer = QTimer(interval=CHECK_INTERVAL)
        self._timer.timeout.connect(self._check)
        self._timer.start()

    def _check(self) -> None:
        if not self._wait():
            return
        self._wait, self._n_quiet = next(self._steps, None), 0
        if self._wait is None:
            self._timer.stop()
            self.gaps.stop()
            self.scheme.clear()
            self.application.exit()

    def _fail(self, kind: type[BaseException], error: BaseException, trace: object) -> None:
        self._error = error
        self.application.exit()

    @property
    def scheme(self) -> WidgetsScheme:
        """The workflow that is open."""
        return self.window.current_document().scheme()

    def idle(self) -> bool:
        """Return whether the last checks found no activity."""
        signals = self.scheme.signal_manager
        busy = (signals.pending_nodes, signals.active_nodes, signals.blocking_nodes, signals.invalidated_nodes)
        self._n_quiet = 0 if any(nodes() for nodes in busy) else self._n_quiet + 1
        return self._n_quiet > N_QUIET

    def add(self, name: str, widget: str) -> OWWidget:
        """Add a widget to the workflow, and open it.

        Parameters
        ----------
        name : str
            Name for `link`.
        widget : str
            Its module and class.
        """
        self._nodes[name] = self.scheme.new_node(self.registry.widget(widget))
        opened = self.scheme.widget_for_node(self._nodes[name])
        opened.show()
        return opened

    def link(self, source: str, output: str, sink: str, name: str) -> None:
        """Connect an output to an input."""
        self.scheme.new_link(self._nodes[source], output, self._nodes[sink], name)
