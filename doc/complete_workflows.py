"""Write all settings of their widgets to the tutorial workflows: ``python doc/complete_workflows.py``.

Settings that are missing in a workflow are those that the user chose last. Run this after a change of a workflow, or of
the settings of a widget.
"""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from AnyQt.QtWidgets import QApplication
from Orange.canvas.config import Config
from orangecanvas.registry import WidgetRegistry
from orangewidget.settings import SettingsHandler
from orangewidget.utils.filedialogs import RecentPath
from orangewidget.workflow.widgetsscheme import WidgetsScheme

FOLDER = Path(__file__).parents[1] / "orangecontrib" / "transferlearning" / "tutorials"

NOT_SETTINGS = ("savedWidgetGeometry",)


def open_registry() -> WidgetRegistry:
    """Return the widgets that are installed, with settings that the user never changed."""
    SettingsHandler.read_defaults = lambda self: None
    SettingsHandler.write_defaults = lambda self: None
    registry = WidgetRegistry()
    Config.widget_discovery(registry).run(Config.widgets_entry_points())
    return registry


def complete(path: Path, registry: WidgetRegistry) -> None:
    """Write a workflow again with all settings of its widgets."""
    scheme = WidgetsScheme(env={"basedir": str(path.parent)})
    scheme.widget_manager.set_creation_policy(scheme.widget_manager.Immediate)
    scheme.signal_manager.pause()
    with path.open("rb") as file:
        scheme.load_from(file, registry=registry)
    for node in scheme.nodes:
        widget = scheme.widget_for_node(node)
        node.properties = _portable(widget.settingsHandler.pack_data(widget))
    scheme.sync_node_properties = lambda: None
    with path.open("wb") as file:
        scheme.save_to(file, pretty=True, pickle_fallback=True)
    scheme.clear()


def _portable(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings without paths of this computer."""
    kept = {name: value for name, value in settings.items() if name not in NOT_SETTINGS}
    for recent in kept.get("recent_paths", ()):
        if isinstance(recent, RecentPath):
            recent.abspath = ""
    place = kept.get("source_box", {}).get("place")
    if place:
        place[0] = ""
    return kept


def main() -> None:
    """Complete all tutorial workflows."""
    _application = QApplication([])  # widgets need it
    registry = open_registry()
    for path in sorted(FOLDER.glob("*.ows")):
        complete(path, registry)


if __name__ == "__main__":
    main()
