"""What a run of the benchmark has at hand: images, repeats, a folder to work in."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .sample_images import list_images, some_of, write_copies

N_COPIES = 3300
"""Images that all differ: 3,000 for one measurement and 300 others for the next."""


@dataclass(frozen=True)
class Plan:
    """Settings of a run.

    Attributes
    ----------
    folder : Path
        With the images.
    work : Path
        For files of the run.
    repeats : int
        Rounds at most.
    quick : bool
        Whether to do the least that tries the code.
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
        """Images from all over the folder, whole batches of 32 where there are as many."""
        n_images = min(self.scaled(n_images), len(self.images))
        return some_of(self.images, max(n_images - n_images % 32, min(n_images, 32)))

    def scaled(self, n_images: int) -> int:
        """So many images, or far fewer where it should be quick."""
        return max(16, n_images // 20) if self.quick else n_images
