"""Make an animated image of Orange's window."""

from io import BytesIO
from pathlib import Path

import matplotlib
from AnyQt.QtCore import QBuffer, QPoint
from AnyQt.QtWidgets import QWidget
from PIL import Image, ImageDraw, ImageFont

SIZE = (960, 600)
"""Size of the window in the image, in pixels."""

HEAD = 46
"""Height of the text above the window, in pixels."""

SECONDS = 2.4
"""Seconds for which a frame is shown."""

_N_COLORS = 200
_INK, _PAPER, _TERMINAL, _FOLDER = "#ffffff", "#2f4858", "#1e1e1e", "#e8b04a"
_FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")


class Animation:
    """The frames of an animated image."""

    def __init__(self) -> None:
        self._frames: list[Image.Image] = []

    def write_terminal(self, *commands: str) -> None:
        """Add a frame with commands in a terminal."""
        window = Image.new("RGB", SIZE, _TERMINAL)
        draw = ImageDraw.Draw(window)
        for line, command in enumerate(commands):
            draw.text((40, 60 + 44 * line), f"$ {command}", "#d8d8d8", _font("DejaVuSansMono", 24))
        self._add("Install, and start Orange", window)

    def add(
        self, words: str, window: QWidget, over: QWidget | None, place: QPoint | None, falling: QPoint | None
    ) -> None:
        """Add a frame with a window.

        Parameters
        ----------
        words : str
            Above it.
        window : QWidget
        over : QWidget or None
            What is open over it.
        place : QPoint or None
            Where, from its corner; None is in the middle, with the window dimmed.
        falling : QPoint or None
            Where a folder is about to be dropped.
        """
        image = _image(window).resize(SIZE, Image.Resampling.LANCZOS)
        if over is not None:
            _lay(image, _image(over), None if place is None else (place.x(), place.y()))
        if falling is not None:
            _draw_folder(ImageDraw.Draw(image), falling.x(), falling.y())
        self._add(words, image)

    def _add(self, words: str, window: Image.Image) -> None:
        frame = Image.new("RGB", (SIZE[0], SIZE[1] + HEAD), _PAPER)
        frame.paste(window, (0, HEAD))
        place = (16, HEAD // 2)
        ImageDraw.Draw(frame).text(place, f"{len(self._frames) + 1}. {words}", _INK, _font("DejaVuSans", 21), "lm")
        self._frames.append(frame)

    def save(self, path: Path) -> None:
        """Write the frames to a GIF file, and as PNG files to a folder with the same name."""
        folder = path.with_suffix("")
        folder.mkdir(exist_ok=True)
        for number, frame in enumerate(self._frames, 1):
            frame.save(folder / f"{number:02}.png")
        frames = [frame.quantize(_N_COLORS, dither=Image.Dither.NONE) for frame in self._frames]
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=round(1000 * SECONDS), loop=0)


def _image(widget: QWidget) -> Image.Image:
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.ReadWrite)
    widget.grab().save(buffer, "PNG")
    return Image.open(BytesIO(bytes(buffer.data()))).convert("RGB")


def _lay(window: Image.Image, over: Image.Image, place: tuple[int, int] | None) -> None:
    """Paste an image with twice the resolution over the window."""
    size = [side // 2 for side in over.size]
    if place is None:
        share = min(1.0, *(0.86 * most / side for most, side in zip(SIZE, size, strict=True)))
        size = [round(share * side) for side in size]
        place = tuple((most - side) // 2 for most, side in zip(SIZE, size, strict=True))
        window.paste(Image.blend(window, Image.new("RGB", SIZE, "#404040"), 0.45))
    edge = (place[0] - 1, place[1] - 1, place[0] + size[0], place[1] + size[1])
    ImageDraw.Draw(window).rectangle(edge, outline="#808080")
    window.paste(over.resize(size, Image.Resampling.LANCZOS), place)


def _draw_folder(draw: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """Draw a folder that is dragged, with the tip of the arrow at this position."""
    draw.rounded_rectangle((x - 26, y - 22, x - 2, y - 8), 4, _FOLDER)
    draw.rounded_rectangle((x - 26, y - 16, x + 22, y + 18), 4, _FOLDER, "#b5852f")
    arrow = [(0, 0), (0, 20), (5, 16), (8, 23), (12, 21), (9, 14), (15, 14)]
    draw.polygon([(x + dx, y + dy) for dx, dy in arrow], "white", "black")


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONTS / f"{name}.ttf"), size)
