"""Draw the tour in the README, a new user's first steps in Orange by mouse only: ``python doc/draw_tour.py``.

``python doc/draw_tour.py FOLDER IMAGES`` uses other images, one folder per class, and writes the tour into another
folder: an image of the screen for each step, ``tour.gif``, and ``tour.json`` with the gestures and what was seen. It
starts a virtual screen, and needs Xvfb, openbox and xdotool.
"""

import json
import re
import runpy
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from tour.animation import Animation
from tour.newcomer import open_newcomer

HERE = Path(__file__).parent

IMAGE = 26
"""Row of the image that is explained: a fish."""


def tour(folder: Path, images: Path) -> None:
    """Draw the tour with a folder of images."""
    with TemporaryDirectory() as own, open_newcomer(Path(own), images.resolve()) as newcomer:
        try:
            seen = newcomer.find_misclassified()
            newcomer.explain(IMAGE)
        except BaseException:
            newcomer.add_frame("What the screen showed at the error")
            raise
        finally:
            write_steps(folder, newcomer.frames)
    (folder / "tour.json").write_text(json.dumps(seen, indent=1), encoding="utf-8")
    animate(folder / "tour.gif", newcomer.frames)


def write_steps(folder: Path, frames: list[tuple[str, Image.Image]]) -> None:
    """Write the images of the screen, named by what was done."""
    for number, (words, image) in enumerate(frames, 1):
        name = re.sub(r"\W+", "-", words.lower()).strip("-")
        image.save(folder / f"{number:02}-{name}.png")


def animate(path: Path, frames: list[tuple[str, Image.Image]]) -> None:
    """Write the animation, which starts in the terminal."""
    animation = Animation()
    animation.write_terminal('pip install "Orange3-TransferLearning[gui]"', "python -m Orange.canvas")
    for words, image in frames:
        animation.add(words, image)
    animation.save(path)


def main(arguments: list[str]) -> None:
    """Draw the tour."""
    if arguments:
        tour(*map(Path, arguments))
        return
    write_folders = runpy.run_path(str(HERE / "draw_tutorial_images.py"))["write_folders"]
    with TemporaryDirectory() as own:
        tour(Path(own), write_folders(Path(own) / "drawings"))
        (HERE / "images" / "tour.gif").write_bytes(Path(own, "tour.gif").read_bytes())


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # The programs that were started end, too.
    main(sys.argv[1:])
