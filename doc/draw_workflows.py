"""Runs the tutorial workflows in Orange's own canvas, and takes their images: ``python doc/draw_workflows.py``.

``python doc/draw_workflows.py FOLDER WORKFLOW...`` writes the images elsewhere, with what the widgets say in
``messages.json``. It needs a screen: ``xvfb-run`` gives a virtual one.
"""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

os.environ["QT_SCALE_FACTOR"] = "2"  # Before Qt is loaded.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from AnyQt.QtCore import QSettings, QTimer
from Orange.canvas.__main__ import OMain
from orangewidget.workflow.widgetsscheme import WidgetsScheme
from PIL import Image, ImageChops

TUTORIALS = Path(__file__).parents[1] / "orangecontrib" / "transferlearning" / "tutorials"
IMAGES = Path(__file__).parent / "images"

SIZE = (1400, 900)
"""Of the window, in points."""

TICK = 100
"""Milliseconds between two looks at what goes on."""

N_QUIET = 15
"""Looks at which nothing goes on, until a workflow counts as finished."""

MARGIN = 24
"""Around what is drawn on the canvas, in pixels."""


class Tour(OMain):
    """Orange, which opens one workflow after another, waits until it has finished, and takes its image.

    Parameters
    ----------
    folder : Path
        Where images and messages go.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.messages: dict[str, dict[str, list[str]]] = {}
        self.waiting: list[Path] = []
        self.n_quiet = 0
        self.error: BaseException | None = None

    def activate_default_config(self) -> None:
        """Let Orange fetch nothing."""
        super().activate_default_config()
        settings = QSettings()
        for name in ("startup/check-updates", "notifications/check-notifications", "reporting/send-statistics"):
            settings.setValue(name, False)

    def open_files(self, paths: list[str]) -> None:
        """Begin; Orange would show an error in a dialog, and wait."""
        sys.excepthook = self.fail
        self.waiting = [Path(path) for path in paths]
        self.window.resize(*SIZE)
        self.timer = QTimer(interval=TICK)
        self.timer.timeout.connect(self.look)
        self.open_next()
        self.timer.start()

    @property
    def scheme(self) -> WidgetsScheme:
        """The workflow that is open."""
        return self.window.current_document().scheme()

    def open_next(self) -> None:
        """Open a workflow, with all of its widgets."""
        self.n_quiet = 0
        self.window.load_scheme(str(self.waiting[0]))
        for node in self.scheme.nodes:
            self.scheme.widget_for_node(node)

    def look(self) -> None:
        """See whether the workflow has finished; then go on to the next one."""
        signals = self.scheme.signal_manager
        busy = (signals.pending_nodes, signals.active_nodes, signals.blocking_nodes, signals.invalidated_nodes)
        self.n_quiet = 0 if any(nodes() for nodes in busy) else self.n_quiet + 1
        if self.n_quiet < N_QUIET:
            return
        self.take_image(self.waiting.pop(0).stem)
        if self.waiting:
            self.open_next()
            return
        self.timer.stop()
        (self.folder / "messages.json").write_text(json.dumps(self.messages, indent=1), encoding="utf-8")
        self.scheme.clear()
        self.application.exit()

    def fail(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """End at an error that nobody caught; others may follow from it."""
        self.error = self.error or error
        self.application.exit()

    def said(self) -> dict[str, list[str]]:
        """What the widgets say, by their titles."""
        widgets = {node.title: self.scheme.widget_for_node(node) for node in self.scheme.nodes}
        return {
            title: [str(message) for group in widget.message_groups for message in group.active]
            for title, widget in widgets.items()
        }

    def take_image(self, name: str) -> None:
        """Save what the canvas shows, and note what the widgets say."""
        self.messages[name] = self.said()
        self.window.current_document().scene().clearSelection()
        path = self.folder / f"{name}.png"
        self.window.current_document().view().grab().save(str(path))
        trim(path)


def trim(path: Path) -> None:
    """Cut the empty paper off an image, and make its file small."""
    image = Image.open(path).convert("RGB")
    drawn = ImageChops.difference(image, Image.new("RGB", image.size, image.getpixel((4, 4)))).getbbox()
    left, top, right, bottom = drawn or (0, 0, *image.size)
    box = (max(0, left - MARGIN), max(0, top - MARGIN))
    box += (min(image.width, right + MARGIN), min(image.height, bottom + MARGIN))
    image.crop(box).quantize(128).save(path, optimize=True)


def take(folder: Path, workflows: list[str]) -> None:
    """Take the images of some workflows."""
    tour = Tour(folder)
    tour.run(["orange", "--no-welcome", "--no-splash", *workflows])
    if tour.error:
        raise tour.error


def main(arguments: list[str]) -> None:
    """Take the images, with settings of Orange's that nobody has changed."""
    with TemporaryDirectory() as own:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = own
        if arguments:
            take(Path(arguments[0]), arguments[1:])
            return
        take(Path(own), sorted(map(str, TUTORIALS.glob("*.ows"))))
        for path in Path(own).glob("*.png"):
            (IMAGES / f"workflow-{path.stem[4:]}.png").write_bytes(path.read_bytes())


if __name__ == "__main__":
    main(sys.argv[1:])
