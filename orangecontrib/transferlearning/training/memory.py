"""Estimate the memory that training takes, and check that enough is free."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psutil

from ..errors import TrainingError

_GROUP, _GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")

FIXED_BYTES = 600 * 2**20
"""Bytes that do not depend on the features: Python and the libraries."""


class MemoryNeeds(Protocol):
    """The memory that a learner needs; see `Learner` and `HeadPlan`.

    Attributes
    ----------
    title : str
    copies : float
        Peak memory, as a multiple of the size of the training features (float32).
    library_bytes : int
        Memory of libraries that only this learner needs.
    """

    @property
    def title(self) -> str: ...  # noqa: D102

    @property
    def copies(self) -> float: ...  # noqa: D102

    @property
    def library_bytes(self) -> int: ...  # noqa: D102


def memory_for_training(n_rows: int, n_features: int, learner: MemoryNeeds) -> int:
    """Return the estimated peak memory of a training.

    Parameters
    ----------
    n_rows, n_features : int
        Shape of the features.
    learner : MemoryNeeds

    Returns
    -------
    int
        Bytes: the features once as float32, the learner's own memory, and a fixed part.
    """
    return FIXED_BYTES + learner.library_bytes + round(4 * n_rows * n_features * (1 + learner.copies))


def free_memory() -> int:
    """Return how many bytes this process can still use on this computer and in its container or job."""
    return min([psutil.virtual_memory().available, *_room_in_groups()])


def _room_in_groups() -> Iterator[int]:
    """Yield the free bytes of each Linux control group that this process is in, if the group has a limit."""
    try:
        own = _GROUP.read_text(encoding="ascii").splitlines()[-1].removeprefix("0::/")
    except OSError:
        return
    for folder in ((_GROUPS / own), *(_GROUPS / own).parents):
        if not folder.is_relative_to(_GROUPS):
            return
        try:
            limit = (folder / "memory.max").read_text(encoding="ascii").strip()
            used = int((folder / "memory.current").read_text(encoding="ascii"))
            statistics = dict(
                line.split() for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines()
            )
        except OSError:
            continue
        if limit != "max":
            # The kernel frees inactive file pages when memory is short.
            yield max(int(limit) - used + int(statistics["inactive_file"]), 0)


def check_memory(n_rows: int, n_features: int, learner: MemoryNeeds) -> None:
    """Check that the free memory is enough to train on features.

    Parameters
    ----------
    n_rows, n_features : int
    learner : MemoryNeeds

    Raises
    ------
    TrainingError
        The memory is not enough.
    """
    needed, free = memory_for_training(n_rows, n_features, learner), free_memory()
    if needed <= free:
        return
    other = "" if learner.copies < 1 else "take another learner (logistic and forest need least), "
    raise TrainingError(
        f"{learner.title} on {n_rows} x {n_features} features needs about {needed / 2**30:.1f} GiB of memory, and "
        f"{free / 2**30:.1f} GiB are free: {other}embed with --pooling avg instead of flatten, with a later --layer, "
        "or fewer images (--limit)."
    )
