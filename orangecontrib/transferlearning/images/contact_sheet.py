"""Lay out images with titles on one sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, zip_longest
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ..visible_text import visible

PAPER = "white"
INK = "#222222"
FAINT_INK = "#666666"

_MARGIN = 24
_TITLE, _NOTE = 20, 15
_LINE = 1.35


@dataclass(frozen=True, eq=False)
class Panel:
    """An image with the text above it.

    Attributes
    ----------
    image : PIL.Image.Image
        An RGB image.
    title : str
        The first line of the text.
    note : str
        The second line, in smaller letters.
    """

    image: Image.Image
    title: str
    note: str = ""

    def __post_init__(self) -> None:
        # Names of files and classes may have line breaks, which the font cannot measure.
        object.__setattr__(self, "title", visible(self.title))
        object.__setattr__(self, "note", visible(self.note))

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels, including the text."""
        width = max(self.image.width, _width(self.title, _TITLE), _width(self.note, _NOTE))
        return width, self.head + self.image.height

    @property
    def head(self) -> int:
        """Height of the text in pixels."""
        return round(_LINE * (_TITLE + (_NOTE if self.note else 0))) + 6


def lay_out(rows: Sequence[Sequence[Panel | None]]) -> Image.Image:
    """Lay out panels in rows and columns.

    Parameters
    ----------
    rows : sequence of sequence of Panel or None
        Rows of panels, which become aligned columns; None leaves a cell empty.

    Returns
    -------
    PIL.Image.Image
        An RGB image.
    """
    columns = zip_longest(*rows)
    lefts = _starts([max(panel.size[0] for panel in column if panel) for column in columns])
    tops = _starts([max(panel.size[1] for panel in row if panel) for row in rows])
    sheet = Image.new("RGB", (lefts[-1], tops[-1]), PAPER)
    draw = ImageDraw.Draw(sheet)
    for row, top in zip(rows, tops, strict=False):
        for panel, left in zip(row, lefts, strict=False):
            if panel is None:
                continue
            draw.text((left, top), panel.title, INK, _font(_TITLE))
            draw.text((left, top + round(_LINE * _TITLE)), panel.note, FAINT_INK, _font(_NOTE))
            sheet.paste(panel.image, (left, top + panel.head))
    return sheet


def _starts(lengths: list[int]) -> list[int]:
    """Return the start of each part and the total length, with margins before, between and after the parts."""
    return list(accumulate(lengths, lambda start, length: start + length + _MARGIN, initial=_MARGIN))


def _width(text: str, size: int) -> int:
    return round(_font(size).getlength(text)) if text else 0


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)
