"""Make an animated image of what a screen showed."""

from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

SIZE = (960, 600)
"""Size of the screen in the image, in pixels."""

HEAD = 46
"""Height of the text above the screen, in pixels."""

SECONDS = 2.4
"""Seconds for which a frame is shown."""

_N_COLORS = 200
_INK, _PAPER, _TERMINAL = "#ffffff", "#2f4858", "#1e1e1e"
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
        self.add("Install, and start Orange", window)

    def add(self, words: str, screen: Image.Image) -> None:
        """Add a frame with the screen, and words above it."""
        frame = Image.new("RGB", (SIZE[0], SIZE[1] + HEAD), _PAPER)
        frame.paste(screen.resize(SIZE, Image.Resampling.LANCZOS), (0, HEAD))
        place = (16, HEAD // 2)
        ImageDraw.Draw(frame).text(place, f"{len(self._frames) + 1}. {words}", _INK, _font("DejaVuSans", 21), "lm")
        self._frames.append(frame)

    def save(self, path: Path) -> None:
        """Write the frames to a GIF file."""
        frames = [frame.quantize(_N_COLORS, dither=Image.Dither.NONE) for frame in self._frames]
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=round(1000 * SECONDS), loop=0)


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONTS / f"{name}.ttf"), size)
