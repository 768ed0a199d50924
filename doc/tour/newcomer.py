"""A new user's first steps in Orange, by mouse only: from a folder of images to those that were misclassified."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from .canvas import Canvas, Seen, open_canvas, program, waiting
from .mouse import Mouse, Point
from .screen import SIZE, Screen, draw_pointer, open_screen, running

FILES = (30, 470)
"""Where the window with the folder of images is, in pixels."""

MENU = "QuickMenu"
"""Title of the menu of widgets."""

ABOVE, BELOW = 0.6, 0.86
"""Heights of the rows of widgets on the canvas, as shares of its height: windows open above them."""

STILL = 0.2
"""Seconds for which the screen does not change, before it counts as drawn."""

Share = tuple[float, float]
"""A position on the canvas, as shares of its width and height."""

_N_GRABS = 40


@contextmanager
def open_newcomer(folder: Path, images: Path) -> Iterator["Newcomer"]:
    """Start a screen with Orange, and with a window that has a folder of images.

    Parameters
    ----------
    folder : Path
        An empty folder, for the user's own files.
    images : Path
        The folder of images.
    """
    with ExitStack() as stack:
        screen = stack.enter_context(open_screen())
        canvas = stack.enter_context(open_canvas(screen, folder))
        canvas.wait("that Orange fills the screen", lambda seen: seen["paper"][2] > SIZE[0] / 2)
        place = folder / "place.json"
        files = program("tour.files_window", str(images), *map(str, FILES), str(place))
        stack.enter_context(running(files, screen.environment))
        waiting("the window of files", lambda: place.exists() and place.read_text(encoding="utf-8"))
        yield Newcomer(screen, canvas, tuple(json.loads(place.read_text(encoding="utf-8"))))


class Newcomer:
    """A user who has only a mouse.

    Parameters
    ----------
    screen : Screen
    canvas : Canvas
    images : tuple of int
        Where on the screen the folder of images is.

    Attributes
    ----------
    mouse : Mouse
    frames : list of (str, Image)
        What the screen showed at each step, with words that say what was done.
    seconds : dict of str to float
        Seconds that the widgets worked after one was added, by its title.
    """

    def __init__(self, screen: Screen, canvas: Canvas, images: Point) -> None:
        self._screen = screen
        self._canvas = canvas
        self._images = images
        self.mouse = Mouse(screen)
        self.frames: list[tuple[str, Image.Image]] = []
        self.seconds: dict[str, float] = {}

    def find_misclassified(self) -> dict[str, Any]:
        """Go from the folder to the images that were misclassified, and return what was seen on the way."""
        self._drop("Load Images", (0.09, BELOW))
        self._extend("Load Images", (0.29, BELOW), "Keras Embedding")
        self._extend("Keras Embedding", (0.52, BELOW), "Test and Score")
        self._extend("Test and Score", (0.41, ABOVE), "Logistic Regression", backwards=True)
        scores = self._open("Test and Score", "Double-click a widget to open it: how good are the predictions?")
        self._extend("Test and Score", (0.72, BELOW), "Confusion Matrix")
        matrix = self._open("Confusion Matrix", "Double-click Confusion Matrix: which classes were confused?")
        self._press("Confusion Matrix", "Select Misclassified", "Click Select Misclassified")
        self._extend("Confusion Matrix", (0.91, BELOW), "Image Viewer")
        self._open("Image Viewer")
        viewer = self._press("Image Viewer", "Ok, got it", "Double-click Image Viewer: which were misclassified?")
        seen = self._canvas.look()
        return {
            "widgets": [node["name"] for node in seen["nodes"].values()],
            "messages": {title: node["messages"] for title, node in seen["nodes"].items()},
            "made": dict(self.mouse.made),
            "seconds": dict(self.seconds),
            "scores": scores,
            "matrix": matrix,
            "viewer": viewer,
            "misclassified": seen["misclassified"],
        }

    def explain(self, row: int) -> None:
        """Let Explain Image show what the model looked at, in one image."""
        self.mouse.click(self._on_paper((0.98, 0.98)))  # It comes to the front.
        self._connect("Keras Embedding", "Logistic Regression")
        self._extend("Logistic Regression", (0.68, ABOVE), "Explain Image")
        self._connect("Load Images", "Explain Image")
        self.add_frame("The model and the images go to Explain Image")
        self._open("Explain Image")
        lists = self._scroll("Explain Image", lambda lists: lists[0]["places"][row])
        self.mouse.click(lists[0]["places"][row])
        self._canvas.settle()
        self.add_frame("Which parts of an image speak for its class")

    def _drop(self, title: str, share: Share) -> None:
        """Drop the folder of images on the canvas."""
        self.mouse.drag(self._images, self._on_paper(share), self._while_doing("DropAction", "Drop a folder of images"))
        self._wait_for_node(title)

    def _extend(self, title: str, share: Share, wanted: str, *, backwards: bool = False) -> None:
        """Drag a link from a widget to an empty position, and choose another widget from the menu that opens there.

        Parameters
        ----------
        title : str
            Of the widget that is there.
        share : tuple of float
            The position.
        wanted : str
            Name of the widget.
        backwards : bool
            Whether to drag from the left side, for what comes before.
        """
        start = self._canvas.look()["nodes"][title]["left" if backwards else "right"]
        self.mouse.drag(start, self._on_paper(share), self._while_doing("NewLinkAction"))
        self._canvas.wait("the menu of widgets", lambda seen: seen["windows"].get(MENU, {}).get("lists"))
        place = _place(self._scroll(MENU, lambda lists: _place(lists, wanted)), wanted)
        self.mouse.point(place)
        self.add_frame(f"Drag from the side of {title}, and click {wanted}")
        self.mouse.click(place)
        self._wait_for_node(wanted)

    def _connect(self, title: str, other: str) -> None:
        """Drag a link from one widget to another."""
        nodes = self._canvas.look()["nodes"]
        self.mouse.drag(nodes[title]["right"], nodes[other]["middle"], self._while_doing("NewLinkAction"))
        self._canvas.settle()

    def _open(self, title: str, words: str = "") -> dict[str, Any]:
        """Double-click a widget, and return what its window shows."""
        self.mouse.double_click(self._canvas.look()["nodes"][title]["middle"])
        self._canvas.wait(f"the window of {title}", lambda seen: seen["windows"].get(title, {}).get("is_active"))
        self._canvas.settle()
        if words:
            self.add_frame(words)
        return self._canvas.look()["windows"][title]

    def _press(self, title: str, button: str, words: str) -> dict[str, Any]:
        """Click a button in the window of a widget, and return what the window shows then."""
        self.mouse.click(self._canvas.look()["windows"][title]["buttons"][button])
        self._canvas.settle()
        self.add_frame(words)
        return self._canvas.look()["windows"][title]

    def _scroll(self, title: str, find: Callable[[list], Any]) -> list[Seen]:
        """Turn the wheel over the list in a window, if need be, until something is found in it; return its lists."""
        lists = self._lists(title)
        if not find(lists):
            left, top, width, height = lists[0]["box"]
            middle = (left + width // 2, top + height // 2)
            self.mouse.scroll(middle, lambda: find(self._canvas.look()["windows"][title]["lists"]))
        return self._lists(title)

    def _lists(self, title: str) -> list[Seen]:
        """Return what the lists in a window show, once they stand still."""
        lists, before = self._canvas.look()["windows"][title]["lists"], None
        while lists != before:
            time.sleep(STILL)
            lists, before = self._canvas.look()["windows"][title]["lists"], lists
        return lists

    def _wait_for_node(self, title: str) -> None:
        self._canvas.wait(title, lambda seen: title in seen["nodes"])
        self.seconds[title] = self._canvas.settle()

    def _while_doing(self, action: str, words: str = "") -> Callable[[], None]:
        """Return a function that waits until the canvas takes a drag, and adds a frame if there are words for it."""

        def wait() -> None:
            self._canvas.wait(action, lambda seen: seen["doing"] == action)
            if words:
                self.add_frame(words)

        return wait

    def _on_paper(self, share: Share) -> Point:
        left, top, width, height = self._canvas.look()["paper"]
        return round(left + share[0] * width), round(top + share[1] * height)

    def add_frame(self, words: str) -> None:
        """Keep what the screen shows, once it is still."""
        image = self._screen.grab()
        for _ in range(_N_GRABS):
            time.sleep(STILL)
            before, image = image, self._screen.grab()
            if image == before:
                break
        self.frames.append((words, draw_pointer(image, self.mouse.place)))


def _place(lists: list[Seen], wanted: str) -> Point | None:
    """Return where a list shows an entry; None if it is out of sight."""
    for each in lists:
        for cells, place in zip(each["cells"], each["places"], strict=True):
            if cells[:1] == [wanted]:
                return place
    return None
