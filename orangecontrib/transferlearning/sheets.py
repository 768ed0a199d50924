"""A sheet of pictures with what they are and what they were taken for."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageOps

from .colours import BLUE, GREY, ORANGE
from .errors import ImageReadError
from .images import read_image
from .items import Location
from .panels import Panel, lay_out

_SIDE = 220
_FRAME = 8
_MAX_NAME = 26


@dataclass(frozen=True, eq=False)
class Judged:
    """A picture with what was said of it.

    Attributes
    ----------
    location : Location
    truth, predicted : str
    is_right : bool or None
        Whether they are the same class; None of numbers.
    """

    location: Location
    truth: str
    predicted: str
    is_right: bool | None = None


def draw_sheet(pictures: Sequence[Judged], n_columns: int = 3) -> Image.Image:
    """Draw pictures in rows, over each what it was taken for; wrong ones have a cross, a thick frame, and the truth.

    Parameters
    ----------
    pictures : sequence of Judged
    n_columns : int

    Returns
    -------
    PIL.Image.Image
        RGB.

    Raises
    ------
    ImageReadError
        One of them cannot be read.
    """
    panels = [_panel(picture) for picture in pictures]
    return lay_out([panels[start : start + n_columns] for start in range(0, len(panels), n_columns)])


def _panel(picture: Judged) -> Panel:
    try:
        pixels = read_image(picture.location)
    except ImageReadError as error:
        raise ImageReadError(f"{picture.location}: {error}") from error
    image = ImageOps.contain(Image.fromarray(pixels), (_SIDE, _SIDE))
    if picture.is_right is None:
        return Panel(_framed(image, 2, GREY), f"predicted: {picture.predicted}", f"true: {picture.truth}")
    if picture.is_right:
        return Panel(_framed(image, 2, BLUE), f"\u2713 {_short(picture.predicted)}", "right")
    return Panel(
        _framed(image, _FRAME, ORANGE), f"\u2717 {_short(picture.predicted)}", f"true: {_short(picture.truth)}"
    )


def _framed(image: Image.Image, width: int, colour: str) -> Image.Image:
    # Of one outer size, so that titles and pictures stand below each other.
    return ImageOps.expand(ImageOps.expand(image, width, colour), _FRAME - width, "white")


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}\u2026"
