"""Draw the tutorial workflows, run in Orange's canvas: ``python doc/draw_workflows.py``.

``python doc/draw_workflows.py FOLDER WORKFLOW...`` writes the images into another folder, with the messages of the
widgets in ``messages.json``. It needs a screen: ``xvfb-run`` starts a virtual one.
"""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

os.environ["QT_SCALE_FACTOR"] = "2"  # Before Qt is loaded.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from AnyQt.QtCore import QTimer
from PIL import Image, ImageChops
from quiet_orange import QuietOrange

TUTORIALS = Path(__file__).parents[1] / "orangecontrib" / "transferlearning" / "tutorials"
IMAGES = Path(__file__).parent / "images"

SIZE = (1400, 900)
"""Size of the window in points."""

TICK = 100
"""Milliseconds between two checks of the workflow."""

N_QUIET = 15
"""Number of checks without activity after which a workflow counts as finished."""

MARGIN = 24
"""Margin around the workflow in an image, in pixels."""


class Tour(QuietOrange):
    """Orange, which opens workflows in turn, waits until each has finished, and draws its image.

    Parameters
    ----------
    folder : Path
        Folder for images and messages.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.messages: dict[str, dict[str, list[str]]] = {}
        self.waiting: list[Path] = []
        self.n_quiet = 0
        self.error: BaseException | None = None

    def open_files(self, paths: list[str]) -> None:
        """Open the first workflow."""
        # Orange would show an error in a dialog, and wait.
        sys.excepthook = self.fail
        self.waiting = [Path(path) for path in paths]
        self.window.resize(*SIZE)
        self.timer = QTimer(interval=TICK)
        self.timer.timeout.connect(self.check)
        self.open_next()
        self.timer.start()

    def open_next(self) -> None:
        """Open the next workflow, with all its widgets."""
        self.n_quiet = 0
        self.window.load_scheme(str(self.waiting[0]))
        for node in self.scheme.nodes:
            self.scheme.widget_for_node(node)

    def check(self) -> None:
        """Check whether the workflow has finished; if so, draw it and open the next."""
        self.n_quiet = 0 if self.is_busy else self.n_quiet + 1
        if self.n_quiet < N_QUIET:
            return
        self.draw(self.waiting.pop(0).stem)
        if self.waiting:
            self.open_next()
            return
        self.timer.stop()
        (self.folder / "messages.json").write_text(json.dumps(self.messages, indent=1), encoding="utf-8")
        self.scheme.clear()
        self.application.exit()

    def fail(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Stop at an error that was not caught."""
        self.error = self.error or error  # Later errors may follow from the first.
        self.application.exit()

    def widget_messages(self) -> dict[str, list[str]]:
        """Return the messages of the widgets by title."""
        widgets = {node.title: self.scheme.widget_for_node(node) for node in self.scheme.nodes}
        return {
            title: [str(message) for group in widget.message_groups for message in group.active]
            for title, widget in widgets.items()
        }

    def draw(self, name: str) -> None:
        """Write an image of the canvas, and keep the messages of the widgets."""
        self.messages[name] = self.widget_messages()
        self.window.current_document().scene().clearSelection()
        path = self.folder / f"{name}.png"
        self.window.current_document().view().grab().save(str(path))
        trim(path)


def trim(path: Path) -> None:
    """Cut off the empty borders of an image, and reduce its colors."""
    image = Image.open(path).convert("RGB")
    drawn = ImageChops.difference(image, Image.new("RGB", image.size, image.getpixel((4, 4)))).getbbox()
    left, top, right, bottom = drawn or (0, 0, *image.size)
    box = (max(0, left - MARGIN), max(0, top - MARGIN))
    box += (min(image.width, right + MARGIN), min(image.height, bottom + MARGIN))
    image.crop(box).quantize(128).save(path, optimize=True)


def draw_workflows(folder: Path, workflows: list[str]) -> None:
    """Draw the images of workflows into a folder."""
    tour = Tour(folder)
    tour.run(["orange", "--no-welcome", "--no-splash", *workflows])
    if tour.error:
        raise tour.error


def main(arguments: list[str]) -> None:
    """Draw the images, with the default settings of Orange."""
    with TemporaryDirectory() as own:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = own
        if arguments:
            draw_workflows(Path(arguments[0]), arguments[1:])
            return
        draw_workflows(Path(own), sorted(map(str, TUTORIALS.glob("*.ows"))))
        for path in Path(own).glob("*.png"):
            (IMAGES / f"workflow-{path.stem[4:]}.png").write_bytes(path.read_bytes())


if __name__ == "__main__":
    main(sys.argv[1:])
