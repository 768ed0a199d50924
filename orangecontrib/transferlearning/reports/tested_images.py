"""Images of a test, chosen by chance, on a sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ..errors import ImageReadError, SourceError
from ..images.contact_sheet import Panel, lay_out
from ..images.locations import is_address
from ..images.reading import read_image
from ..records import Location
from ..training.head_training import HeadTraining
from .colors import BLUE, GRAY, ORANGE

_SIDE = 220
_FRAME = 8
_MAX_NAME = 26


@dataclass(frozen=True, eq=False)
class Judged:
    """An image with what was said of it.

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


def draw_sheet(images: Sequence[Judged], n_columns: int = 3) -> Image.Image:
    """Draw images in rows, over each what it was taken for; wrong ones have a cross, a thick frame, and the truth.

    Parameters
    ----------
    images : sequence of Judged
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
    panels = [_panel(each) for each in images]
    return lay_out([panels[start : start + n_columns] for start in range(0, len(panels), n_columns)])


def _panel(tested: Judged) -> Panel:
    try:
        pixels = read_image(tested.location)
    except ImageReadError as error:
        raise ImageReadError(f"{tested.location}: {error}") from error
    image = ImageOps.contain(Image.fromarray(pixels), (_SIDE, _SIDE))
    if tested.is_right is None:
        return Panel(_framed(image, 2, GRAY), f"predicted: {tested.predicted}", f"true: {tested.truth}")
    if tested.is_right:
        return Panel(_framed(image, 2, BLUE), f"\u2713 {_short(tested.predicted)}", "right")
    return Panel(_framed(image, _FRAME, ORANGE), f"\u2717 {_short(tested.predicted)}", f"true: {_short(tested.truth)}")


def _framed(image: Image.Image, width: int, color: str) -> Image.Image:
    # Of one outer size, so that titles and images stand below each other.
    return ImageOps.expand(ImageOps.expand(image, width, color), _FRAME - width, "white")


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}\u2026"


N_SHOWN = 9


def choose_shown(
    keys: Sequence[str], test: np.ndarray, folder: str | None = None, seed: int = 0
) -> dict[int, Location]:
    """Choose images of the test, and find them.

    Parameters
    ----------
    keys : sequence of str
        Names of all images, in the order of the features; empty where nobody knows them.
    test : ndarray of int
        Rows of the test.
    folder : str, optional
        Where relative names start from; the current folder if not given.
    seed : int
        Of the choice.

    Returns
    -------
    dict of int to Location
        Of `N_SHOWN` rows, or of as many as there are. Empty where no folder is given and one is not to be found.

    Raises
    ------
    SourceError
        A folder is given and one is not in it, or nobody knows the names.
    """
    if not keys:
        if folder is None:
            return {}
        raise SourceError("The features do not name their images: leave --images out, or embed to an .h5 file.")
    rows = np.random.default_rng(seed).permutation(test)[:N_SHOWN].tolist()
    shown = {row: _locate(keys[row], folder) for row in rows}
    for row, place in shown.items():
        if not is_address(place) and not Path(place).is_file():
            if folder is None:
                return {}
            raise SourceError(f"There is no image {keys[row]} in {folder}: name the folder that was embedded.")
    return shown


def _locate(key: str, folder: str | None) -> str:
    return key if folder is None or is_address(key) else str(Path(folder).expanduser() / key)


def draw_test(training: HeadTraining, shown: Mapping[int, Location]) -> Image.Image:
    """Draw images of the test with what they are and what they were taken for.

    Parameters
    ----------
    training : HeadTraining
    shown : mapping of int to Location
        Images by their rows.

    Returns
    -------
    PIL.Image.Image
        RGB; images in three columns.

    Raises
    ------
    ImageReadError
        One of them cannot be read.
    """
    places = {int(row): place for place, row in enumerate(training.test)}
    return draw_sheet([_judge(training, places[row], location) for row, location in shown.items()])


def _judge(training: HeadTraining, place: int, location: Location) -> Judged:
    truth, predicted = training.truth[place], training.predicted[place]
    if not training.classes:
        return Judged(location, f"{truth:.4g}", f"{predicted:.4g}")
    return Judged(location, training.classes[int(truth)], training.classes[int(predicted)], bool(truth == predicted))
