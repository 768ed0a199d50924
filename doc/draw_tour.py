"""Walks a newcomer's path in Orange's own canvas, and draws it as the tour in the README: ``python doc/draw_tour.py``.

``python doc/draw_tour.py FOLDER IMAGES`` walks with other images, a folder a class, and writes the tour elsewhere,
with what was done and seen in ``walk.json``. It needs a screen: ``xvfb-run`` gives a virtual one.
"""

import json
import os
import runpy
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from AnyQt.QtCore import QPoint, QSettings, QSize, QTimer
from AnyQt.QtTest import QTest
from AnyQt.QtWidgets import QWidget
from draw_workflows import IMAGES, TICK, Tour  # Sets the scale, before Qt is loaded.
from frames import Film
from hand import Hand
from Orange.widgets.evaluate.owconfusionmatrix import OWConfusionMatrix

DRAWING = runpy.run_path(str(Path(__file__).with_name("draw_tutorial_images.py")))

SIZE = (960, 600)
"""Of the window, in points."""

IMAGE = 26
"""The row that is looked at: a fish."""

N_QUIET = 5
"""Looks at which nothing goes on, until the widgets count as finished."""

ABOVE, MIDDLE, BELOW = 90, 270, 390
"""Rows of widgets on the paper, in points."""


class FilmedHand(Hand):
    """A hand whose menus are filmed.

    Parameters
    ----------
    walk : Walk
    """

    def __init__(self, walk: "Walk") -> None:
        super().__init__(walk.window)
        self._walk = walk

    def shown(self, wanted: str) -> None:
        """Film the menu."""
        self._walk.film(f"Drag from the side of a widget, and click {wanted}", self.menu, beside=True)


class Walk(Tour):
    """Orange, in which somebody goes from an empty canvas to a confusion matrix, and on to what the model saw.

    Attributes
    ----------
    seconds : dict of str to float
        How long the widgets worked after one was added, by its name.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.seconds: dict[str, float] = {}
        self.frames = Film()

    def activate_default_config(self) -> None:
        """Have menus that fit below a widget, and no advice over what is to be seen."""
        super().activate_default_config()
        QSettings().setValue("quickmenu/size", QSize(235, 255))
        OWConfusionMatrix.UserAdviceMessages = []

    def open_files(self, paths: list[str]) -> None:
        """Begin, once the window is there."""
        sys.excepthook = self.fail
        (self.images,) = map(Path, paths)
        self.window.resize(*SIZE)
        self.window.dock_widget.collapse()
        QTimer.singleShot(10 * TICK, self.walk)

    def widget(self, title: str) -> QWidget:
        """The window of a widget on the canvas."""
        return self.scheme.widget_for_node(self.hand.node(title))

    def walk(self) -> None:
        """Go the whole way."""
        self.hand = FilmedHand(self)
        self.frames.write_terminal('pip install "Orange3-TransferLearning[gui]"', "python -m Orange.canvas")
        self.to_confusion_matrix()
        results = self.widget("Confusion Matrix").results
        walked = {
            "widgets": [node.description.name for node in self.scheme.nodes],
            "made": dict(self.hand.made),
            "messages": self.said(),
            "seconds": self.seconds,
            "n_tested": len(results.actual),
            "n_right": int((results.actual == results.predicted[0]).sum()),
        }
        self.to_what_it_saw()
        (self.folder / "walk.json").write_text(json.dumps(walked, indent=1), encoding="utf-8")
        self.frames.save(self.folder / "tour.gif")
        self.scheme.clear()
        self.application.exit()

    def to_confusion_matrix(self) -> None:
        """Do what nobody can do without: five widgets, and a look at the last."""
        hand = self.hand
        self.film("Drop a folder of images on the canvas", falling=QPoint(70, BELOW))
        hand.drop(self.images, QPoint(70, BELOW))
        self.settle("Load Images")
        self.film("Its subfolders are the classes", self.widget("Load Images"))
        hand.extend("Load Images", QPoint(170, ABOVE), "Keras Embedding")
        self.settle("Keras Embedding")
        hand.extend("Keras Embedding", QPoint(480, ABOVE), "Test and Score")
        self.settle("Test and Score")
        hand.extend("Test and Score", QPoint(362, MIDDLE), "Logistic Regression", backwards=True)
        self.settle("Logistic Regression")
        hand.extend("Test and Score", QPoint(690, ABOVE), "Confusion Matrix")
        self.settle("Confusion Matrix")
        hand.open("Confusion Matrix")
        self.film("Double-click a widget to open it", self.widget("Confusion Matrix"))

    def to_what_it_saw(self) -> None:
        """Look at what the model looked at."""
        hand = self.hand
        hand.connect("Keras Embedding", "Logistic Regression")
        hand.extend("Logistic Regression", QPoint(710, MIDDLE), "Where It Looked")
        hand.connect("Load Images", "Where It Looked")
        self.settle("Where It Looked")
        self.film("The model and the images go to Where It Looked")
        looked = self.widget("Where It Looked")
        looked.statusBar().hide()  # In it is a letter for "model" that few fonts have.
        looked.choose_row(IMAGE)
        self.settle("Where It Looked")
        self.film("What in an image speaks for its class", looked)

    def settle(self, title: str) -> None:
        """Wait until the widgets have done their work."""
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

    def film(
        self, words: str, widget: QWidget | None = None, *, beside: bool = False, falling: QPoint | None = None
    ) -> None:
        """Take another image of the window.

        Parameters
        ----------
        words : str
            Below it.
        widget : QWidget, optional
            What is open over it: in the middle, or where it is on the screen if `beside`.
        falling : QPoint, optional
            Where on the paper a folder is about to be dropped.
        """
        if widget is not None:
            widget.show()  # Thumbnails are made for what is seen.
        QTest.qWait(8 * TICK)
        self.window.current_document().scene().clearSelection()
        corner = self.window.mapToGlobal(QPoint(0, 0))
        place = widget.mapToGlobal(QPoint(0, 0)) - corner if beside else None
        paper = self.window.current_document().view().viewport()
        target = None if falling is None else paper.mapToGlobal(falling) - corner
        self.frames.add(words, self.window, widget, place, target)
        if widget is not None and not beside:
            widget.hide()


def walk(folder: Path, images: Path) -> None:
    """Walk through Orange with images."""
    tour = Walk(folder)
    tour.run(["orange", "--no-welcome", "--no-splash", str(images)])
    if tour.error:
        raise tour.error


def main(arguments: list[str]) -> None:
    """Walk, with settings of Orange's that nobody has changed."""
    with TemporaryDirectory() as own:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = own
        if arguments:
            walk(*map(Path, arguments))
            return
        walk(Path(own), DRAWING["write_folders"](Path(own) / "drawings"))
        (IMAGES / "tour.gif").write_bytes(Path(own, "tour.gif").read_bytes())


if __name__ == "__main__":
    main(sys.argv[1:])
