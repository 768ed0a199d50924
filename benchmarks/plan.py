"""The plan of a benchmark run: images, repeats, and a working folder."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .sample_images import list_images, some_of, write_copies

N_COPIES = 3300
"""Number of images that all differ: 3,000 for one measurement and 300 others for the next."""


@dataclass(frozen=True)
class Plan:
    """The settings and images of a run.

    Attributes
    ----------
    folder : Path
        Folder of the images.
    work : Path
        Folder for files of the run.
    repeats : int
        Greatest number of rounds.
    quick : bool
        Whether only to test the code, with few images.
    """

    folder: Path
    work: Path
    repeats: int
    quick: bool

    @cached_property
    def images(self) -> list[str]:
        """Paths of all images."""
        return list_images(self.folder)

    @cached_property
    def copies(self) -> list[str]:
        """Paths of images that all differ, `N_COPIES` of them."""
        return write_copies(self.images, self.work / "copies", self.scaled(N_COPIES))

    def some(self, n_images: int) -> list[str]:
        """Return images spread over the folder, in whole batches of 32 if there are enough."""
        n_images = min(self.scaled(n_images), len(self.images))
        return some_of(self.images, max(n_images - n_images % 32, min(n_images, 32)))

    def scaled(self, n_images: int) -> int:
        """Return this number of images, or far fewer for a quick run."""
        return max(16, n_images // 20) if self.quick else n_images
