"""Start Orange, print a line once its window is shown, and end it: ``python -m benchmarks.canvas_start ADD-ON...``.

Orange finds only the add-ons whose distributions are named.
"""

import os
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint

from AnyQt.QtCore import QSettings, QTimer
from AnyQt.QtWidgets import QWidget
from Orange.canvas.__main__ import OMain
from Orange.canvas.config import Config

SHOWN = "shown\n"


class Start(OMain):
    """Orange, which ends when its window is shown."""

    def activate_default_config(self) -> None:
        """Keep Orange from downloading anything."""
        super().activate_default_config()
        settings = QSettings()
        for name in ("startup/check-updates", "notifications/check-notifications", "reporting/send-statistics"):
            settings.setValue(name, False)

    def show_welcome_screen(self, parent: QWidget) -> None:
        """Paint the window without a welcome screen, and print that it is shown."""
        parent.repaint()
        QTimer.singleShot(0, self._say)

    def _say(self) -> None:
        os.write(1, SHOWN.encode())  # Standard output is Orange's by now.
        self.application.exit()


def main(addons: list[str]) -> None:
    """Start Orange with some of its add-ons."""
    every = Config.widgets_entry_points

    def some() -> Iterator[EntryPoint]:
        return (point for point in every() if point.dist.name in ("Orange3", *addons))

    Config.widgets_entry_points = staticmethod(some)
    Start().run(["orange", "--no-welcome", "--no-splash"])


if __name__ == "__main__":
    main(sys.argv[1:])
