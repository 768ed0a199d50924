"""What a run of the benchmark has at hand: pictures, repeats, a folder to work in."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .pictures import list_pictures, some_of, write_copies

N_COPIES = 3300
"""Pictures that all differ: 3,000 for one measurement and 300 others for the next."""


@dataclass(frozen=True)
class Plan:
    """Settings of a run.

    Attributes
    ----------
    folder : Path
        With the pictures.
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
    def pictures(self) -> list[str]:
        """Paths of all pictures."""
        return list_pictures(self.folder)

    @cached_property
    def copies(self) -> list[str]:
        """Paths of pictures that all differ, `N_COPIES` of them."""
        return write_copies(self.pictures, self.work / "copies", self.scaled(N_COPIES))

    def some(self, n_pictures: int) -> list[str]:
        """Pictures from all over the folder, whole batches of 32 where there are as many."""
        n_pictures = min(self.scaled(n_pictures), len(self.pictures))
        return some_of(self.pictures, max(n_pictures - n_pictures % 32, min(n_pictures, 32)))

    def scaled(self, n_pictures: int) -> int:
        """So many pictures, or far fewer where it should be quick."""
        return max(16, n_pictures // 20) if self.quick else n_pictures
