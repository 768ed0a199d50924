"""Pictures to learn from, opened once and kept at the size that the network takes."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from os import cpu_count

import numpy as np

from .errors import ImageReadError, TrainingError
from .images import read_image
from .items import Callback, ImageItem, Label, Skipped
from .pipeline import BATCHES_AHEAD, ahead
from .scratch import make_array
from .sources import Source
from .steps import Step

_BATCH = 32


@dataclass(frozen=True, eq=False)
class PictureSet:
    """Pictures that could be read, in the order of their sources.

    Attributes
    ----------
    pixels : ndarray of shape (n, height, width, 3), uint8, RGB
    keys : list of str
        Length n.
    labels : list of Label
        Length n.
    places : ndarray of shape (n,), int
        Of each picture, among all of its source.
    parts : ndarray of shape (n,), int
        Which source each is from.
    skipped : list of Skipped
        Pictures that could not be read.
    """

    pixels: np.ndarray
    keys: list[str]
    labels: list[Label]
    places: np.ndarray
    parts: np.ndarray
    skipped: list[Skipped]


def read_pictures(
    sources: Sequence[Source],
    image_size: tuple[int, int],
    *,
    interpolation: str = "bilinear",
    steps: Sequence[Step] = (),
    n_threads: int | None = None,
    callback: Callback | None = None,
) -> PictureSet:
    """Read all pictures of some sources, by threads.

    Parameters
    ----------
    sources : sequence of Source
    image_size : tuple of int
        (height, width) in pixels.
    interpolation, steps
        As for `images.read_image`.
    n_threads : int, optional
        As many as the processor has cores if not given.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    PictureSet
        Above `scratch.MAX_IN_MEMORY`, pixels are on the disk.
    """

    def open_one(item: ImageItem) -> np.ndarray | str:
        try:
            return read_image(item.location, image_size, interpolation=interpolation, steps=steps)
        except ImageReadError as error:
            return str(error)

    n_all = sum(map(len, sources))
    pixels = make_array((n_all, *image_size, 3), np.uint8)
    good: list[tuple[int, int, ImageItem]] = []
    skipped: list[Skipped] = []
    numbered = ((part, place, item) for part, source in enumerate(sources) for place, item in enumerate(source))
    items = chain.from_iterable(sources)
    with closing(ahead(open_one, items, n_threads or cpu_count() or 1, BATCHES_AHEAD * _BATCH)) as opened:
        for (part, place, item), picture in zip(numbered, opened, strict=True):
            if isinstance(picture, str):
                skipped.append(Skipped(item.key, picture))
            else:
                pixels[len(good)] = picture
                good.append((part, place, item))
            if callback:
                callback((len(good) + len(skipped)) / n_all)
    return PictureSet(
        pixels[: len(good)],
        [item.key for _, _, item in good],
        [item.label for _, _, item in good],
        np.array([place for _, place, _ in good], int),
        np.array([part for part, _, _ in good], int),
        skipped,
    )


def refuse_none(pictures: PictureSet) -> None:
    """Raise `TrainingError` where no picture could be read."""
    if not pictures.keys:
        first = pictures.skipped[0]
        raise TrainingError(
            f"None of the {len(pictures.skipped)} pictures could be read; the first: {first.key}: {first.reason}"
        )
