"""Draw a random choice of test images with their predictions on a sheet."""

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
from .style import BLUE, GRAY, ORANGE, shorten

_SIDE = 220
_FRAME = 8
_MAX_NAME = 26


@dataclass(frozen=True, eq=False)
class TestedImage:
    """An image with its true and predicted class or number.

    Attributes
    ----------
    location : Location
    truth, predicted : str
    is_right : bool or None
        Whether they are the same class; None for numbers.
    """

    location: Location
    truth: str
    predicted: str
    is_right: bool | None = None


def draw_sheet(images: Sequence[TestedImage], n_columns: int = 3) -> Image.Image:
    """Draw images in rows with their predictions; wrong ones have a cross, a thick frame, and the true class.

    Parameters
    ----------
    images : sequence of TestedImage
    n_columns : int

    Returns
    -------
    PIL.Image.Image
        An RGB image.

    Raises
    ------
    ImageReadError
        An image cannot be read.
    """
    panels = [_panel(each) for each in images]
    return lay_out([panels[start : start + n_columns] for start in range(0, len(panels), n_columns)])


def _panel(tested: TestedImage) -> Panel:
    try:
        pixels = read_image(tested.location)
    except ImageReadError as error:
        raise ImageReadError(f"{tested.location}: {error}") from error
    image = ImageOps.contain(Image.fromarray(pixels), (_SIDE, _SIDE))
    if tested.is_right is None:
        return Panel(_framed(image, 2, GRAY), f"predicted: {tested.predicted}", f"true: {tested.truth}")
    if tested.is_right:
        return Panel(_framed(image, 2, BLUE), f"\u2713 {shorten(tested.predicted, _MAX_NAME)}", "right")
    return Panel(
        _framed(image, _FRAME, ORANGE),
        f"\u2717 {shorten(tested.predicted, _MAX_NAME)}",
        f"true: {shorten(tested.truth, _MAX_NAME)}",
    )


def _framed(image: Image.Image, width: int, color: str) -> Image.Image:
    # All frames have the same outer size, so that titles and images are aligned.
    return ImageOps.expand(ImageOps.expand(image, width, color), _FRAME - width, "white")


N_SHOWN = 9
"""Largest number of images on the sheet."""


def choose_shown(
    keys: Sequence[str], test: np.ndarray, folder: str | None = None, seed: int = 0
) -> dict[int, Location]:
    """Choose test images at random, and return their locations.

    Parameters
    ----------
    keys : sequence of str
        Names of all images, in the order of the features; empty if they are unknown.
    test : ndarray of int
        Rows of the test images.
    folder : str, optional
        Folder that relative names start from; by default the current folder.
    seed : int
        Seed of the random choice.

    Returns
    -------
    dict of int to Location
        Locations of at most `N_SHOWN` images by row. Empty if no folder is given and an image is not found.

    Raises
    ------
    SourceError
        A folder is given, and an image is not in it or the names are unknown.
    """
    if not keys:
        if folder is None:
            return {}
        raise SourceError("The features do not name their images: leave --images out, or embed to an .h5 file.")
    rows = np.random.default_rng(seed).permutation(test)[:N_SHOWN].tolist()
    shown = {row: _locate(keys[row], folder) for row in rows}
    for row, location in shown.items():
        if not is_address(location) and not Path(location).is_file():
            if folder is None:
                return {}
            raise SourceError(f"There is no image {keys[row]} in {folder}: name the folder that was embedded.")
    return shown


def _locate(key: str, folder: str | None) -> str:
    return key if folder is None or is_address(key) else str(Path(folder).expanduser() / key)


def draw_test(training: HeadTraining, shown: Mapping[int, Location]) -> Image.Image:
    """Draw test images with their true and predicted classes or numbers.

    Parameters
    ----------
    training : HeadTraining
    shown : mapping of int to Location
        Locations of images by row.

    Returns
    -------
    PIL.Image.Image
        An RGB image with three columns of images.

    Raises
    ------
    ImageReadError
        An image cannot be read.
    """
    positions = {int(row): position for position, row in enumerate(training.test)}
    return draw_sheet([_tested_image(training, positions[row], location) for row, location in shown.items()])


def _tested_image(training: HeadTraining, position: int, location: Location) -> TestedImage:
    truth, predicted = training.truth[position], training.predicted[position]
    if not training.classes:
        return TestedImage(location, f"{truth:.4g}", f"{predicted:.4g}")
    return TestedImage(
        location, training.classes[int(truth)], training.classes[int(predicted)], bool(truth == predicted)
    )
