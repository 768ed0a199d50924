"""A virtual screen with a window manager, and images of it."""

import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from PIL import Image, ImageDraw, ImageGrab

PROGRAMS = ("Xvfb", "openbox", "xdotool")
"""Programs that a screen needs, all of them Debian packages."""

SIZE = (1120, 700)
"""Width and height of the screen in pixels."""

START_LIMIT = 60
"""Seconds after which the screen counts as broken."""

_OPENBOX = Path(__file__).with_name("openbox.xml")


def missing_programs() -> list[str]:
    """Name the programs that are not installed."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


@contextmanager
def open_screen() -> Iterator["Screen"]:
    """Start a virtual screen with a window manager, and end both."""
    with ExitStack() as stack:
        name = stack.enter_context(run_server(SIZE))
        screen = Screen(name)
        stack.enter_context(running(["openbox", "--sm-disable", "--config-file", str(_OPENBOX)], screen.environment))
        yield screen


@contextmanager
def running(command: list[str], environment: dict[str, str], errors: Path | None = None) -> Iterator[subprocess.Popen]:
    """Run a program that is ended at the end, and write what it says to a file."""
    with (errors or Path(os.devnull)).open("wb") as said:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=said, stderr=said)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(START_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def run_server(size: tuple[int, int]) -> Iterator[str]:
    """Start a virtual screen of a certain width and height, and yield its name."""
    reading, writing = os.pipe()
    # The server looks for a free number by itself, and writes it.
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "{}x{}x24".format(*size), "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            assert select.select([reading], [], [], START_LIMIT)[0], "Xvfb does not start"
            number = os.read(reading, 16).decode().strip()
            assert number, "Xvfb ended"
            yield f":{number}"
        finally:
            server.terminate()
            os.close(reading)


class Screen:
    """A screen of an X server.

    Parameters
    ----------
    name : str
        For example ":1".
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def environment(self) -> dict[str, str]:
        """Environment of a program that is to use the screen."""
        return {"DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(Path(__file__).parents[1])}

    def grab(self) -> Image.Image:
        """Return an image of all that the screen shows, without the pointer."""
        return ImageGrab.grab(xdisplay=self.name).convert("RGB")


def draw_pointer(image: Image.Image, place: tuple[int, int]) -> Image.Image:
    """Draw the pointer of the mouse into an image."""
    arrow = [(0, 0), (0, 20), (5, 16), (8, 23), (12, 21), (9, 14), (15, 14)]
    ImageDraw.Draw(image).polygon([(place[0] + dx, place[1] + dy) for dx, dy in arrow], "white", "black")
    return image
