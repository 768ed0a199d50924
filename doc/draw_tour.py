"""Draw the tour in the README, a new user's first steps in Orange's canvas: ``python doc/draw_tour.py``.

``python doc/draw_tour.py FOLDER IMAGES`` uses other images, one folder per class, and writes the tour into another
folder, with the steps and results in ``tour.json``. It needs a screen: ``xvfb-run`` starts a virtual one.
"""

import json
import os
import runpy
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from animation import Animation
from AnyQt.QtCore import QPoint, QSettings, QSize, QTimer
from AnyQt.QtTest import QTest
from AnyQt.QtWidgets import QWidget
from draw_workflows import IMAGES, TICK, Tour  # This sets the scale before Qt is loaded.
from mouse import Mouse
from Orange.widgets.evaluate.owconfusionmatrix import OWConfusionMatrix

DRAWING = runpy.run_path(str(Path(__file__).with_name("draw_tutorial_images.py")))

SIZE = (960, 600)
"""Size of the window in points."""

IMAGE = 26
"""Row of the image that is explained: a fish."""

N_QUIET = 5
"""Number of checks without activity after which the widgets count as finished."""

ABOVE, MIDDLE, BELOW = 90, 270, 390
"""Heights of the rows of widgets on the canvas, in points."""


class RecordingMouse(Mouse):
    """A mouse that adds a frame for each menu.

    Parameters
    ----------
    tour : TourCanvas
    """

    def __init__(self, tour: "TourCanvas") -> None:
        super().__init__(tour.window)
        self._tour = tour

    def shown(self, wanted: str) -> None:
        """Add a frame with the menu."""
        self._tour.add_frame(f"Drag from the side of a widget, and click {wanted}", self.menu, beside=True)


class TourCanvas(Tour):
    """Orange, in which a workflow is built up to a confusion matrix and Explain Image.

    Attributes
    ----------
    seconds : dict of str to float
        Seconds that the widgets worked after one was added, by its name.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.seconds: dict[str, float] = {}
        self.frames = Animation()

    def activate_default_config(self) -> None:
        """Make menus fit below a widget, and hide advice."""
        super().activate_default_config()
        QSettings().setValue("quickmenu/size", QSize(235, 255))
        OWConfusionMatrix.UserAdviceMessages = []

    def open_files(self, paths: list[str]) -> None:
        """Start the tour once the window is open."""
        sys.excepthook = self.fail
        (self.images,) = map(Path, paths)
        self.window.resize(*SIZE)
        self.window.dock_widget.collapse()
        QTimer.singleShot(10 * TICK, self.tour)

    def widget(self, title: str) -> QWidget:
        """Return the window of a widget on the canvas."""
        return self.scheme.widget_for_node(self.mouse.node(title))

    def tour(self) -> None:
        """Build the workflow, and write the tour."""
        self.mouse = RecordingMouse(self)
        self.frames.write_terminal('pip install "Orange3-TransferLearning[gui]"', "python -m Orange.canvas")
        self.build_classification()
        results = self.widget("Confusion Matrix").results
        results = {
            "widgets": [node.description.name for node in self.scheme.nodes],
            "made": dict(self.mouse.made),
            "messages": self.widget_messages(),
            "seconds": self.seconds,
            "n_tested": len(results.actual),
            "n_right": int((results.actual == results.predicted[0]).sum()),
        }
        self.explain_image()
        (self.folder / "tour.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
        self.frames.save(self.folder / "tour.gif")
        self.scheme.clear()
        self.application.exit()

    def build_classification(self) -> None:
        """Build the workflow of five widgets, and open Confusion Matrix."""
        mouse = self.mouse
        self.add_frame("Drop a folder of images on the canvas", falling=QPoint(70, BELOW))
        mouse.drop(self.images, QPoint(70, BELOW))
        self.settle("Load Images")
        self.add_frame("Its subfolders are the classes", self.widget("Load Images"))
        mouse.extend("Load Images", QPoint(170, ABOVE), "Keras Embedding")
        self.settle("Keras Embedding")
        mouse.extend("Keras Embedding", QPoint(480, ABOVE), "Test and Score")
        self.settle("Test and Score")
        mouse.extend("Test and Score", QPoint(362, MIDDLE), "Logistic Regression", backwards=True)
        self.settle("Logistic Regression")
        mouse.extend("Test and Score", QPoint(690, ABOVE), "Confusion Matrix")
        self.settle("Confusion Matrix")
        mouse.open("Confusion Matrix")
        self.add_frame("Double-click a widget to open it", self.widget("Confusion Matrix"))

    def explain_image(self) -> None:
        """Add Explain Image, and open it."""
        mouse = self.mouse
        mouse.connect("Keras Embedding", "Logistic Regression")
        mouse.extend("Logistic Regression", QPoint(710, MIDDLE), "Explain Image")
        mouse.connect("Load Images", "Explain Image")
        self.settle("Explain Image")
        self.add_frame("The model and the images go to Explain Image")
        widget = self.widget("Explain Image")
        widget.statusBar().hide()  # It has symbols that few fonts have.
        widget.choose_row(IMAGE)
        self.settle("Explain Image")
        self.add_frame("Which parts of an image speak for its class", widget)

    def settle(self, title: str) -> None:
        """Wait until the widgets have finished."""
        for node in self.scheme.nodes:
            self.scheme.widget_for_node(node)
        signals = self.scheme.signal_manager
        start = ended = time.monotonic()
        n_quiet = 0
        while n_quiet < N_QUIET:
            QTest.qWait(TICK)
            busy = (signals.pending_nodes, signals.active_nodes, signals.blocking_nodes, signals.invalidated_nodes)
            if any(nodes() for nodes in busy):
                n_quiet, ended = 0, time.monotonic()
            n_quiet += 1
        self.seconds[title] = round(ended - start, 1)

    def add_frame(
        self, words: str, widget: QWidget | None = None, *, beside: bool = False, falling: QPoint | None = None
    ) -> None:
        """Add a frame with the window.

        Parameters
        ----------
        words : str
            Text above the window.
        widget : QWidget, optional
            Widget over the window: in the middle, or in its place on the screen if `beside`.
        falling : QPoint, optional
            Position on the canvas of a folder that is about to be dropped.
        """
        if widget is not None:
            widget.show()  # Thumbnails are made for visible images only.
        QTest.qWait(8 * TICK)
        self.window.current_document().scene().clearSelection()
        corner = self.window.mapToGlobal(QPoint(0, 0))
        place = widget.mapToGlobal(QPoint(0, 0)) - corner if beside else None
        canvas = self.window.current_document().view().viewport()
        target = None if falling is None else canvas.mapToGlobal(falling) - corner
        self.frames.add(words, self.window, widget, place, target)
        if widget is not None and not beside:
            widget.hide()


def tour(folder: Path, images: Path) -> None:
    """Draw the tour with a folder of images."""
    canvas = TourCanvas(folder)
    canvas.run(["orange", "--no-welcome", "--no-splash", str(images)])
    if canvas.error:
        raise canvas.error


def main(arguments: list[str]) -> None:
    """Draw the tour, with the default settings of Orange."""
    with TemporaryDirectory() as own:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = own
        if arguments:
            tour(*map(Path, arguments))
            return
        tour(Path(own), DRAWING["write_folders"](Path(own) / "drawings"))
        (IMAGES / "tour.gif").write_bytes(Path(own, "tour.gif").read_bytes())


if __name__ == "__main__":
    main(sys.argv[1:])
