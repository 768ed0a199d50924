"""Estimate the memory that training takes, and check that there is enough."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psutil

from ..errors import TrainingError

_GROUP, _GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")

FIXED_BYTES = 600 * 2**20
"""Bytes of Python, the libraries, and what does not grow with the features."""


class Demanding(Protocol):
    """A learner, by the memory that it needs.

    Attributes
    ----------
    title : str
    copies : float
        Memory that it takes at its peak, in multiples of the features that it trains on (float32).
    library_bytes : int
        Memory that libraries take which it alone needs.
    """

    @property
    def title(self) -> str: ...  # noqa: D102

    @property
    def copies(self) -> float: ...  # noqa: D102

    @property
    def library_bytes(self) -> int: ...  # noqa: D102


def memory_for_training(n_rows: int, n_features: int, learner: Demanding) -> int:
    """Estimate the memory that training takes at its peak.

    Parameters
    ----------
    n_rows, n_features : int
        Of the features.
    learner : Demanding

    Returns
    -------
    int
        Bytes: the features once as float32, what the learner needs beside them, and a fixed part.
    """
    return FIXED_BYTES + learner.library_bytes + round(4 * n_rows * n_features * (1 + learner.copies))


def free_memory() -> int:
    """Return how many bytes this program can still get: of the computer's, and of what its container or job may use."""
    return min([psutil.virtual_memory().available, *_room_in_groups()])


def _room_in_groups() -> Iterator[int]:
    """Return the bytes left in each of Linux's control groups that the program is in, where they have a limit."""
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
            # What was read from files is forgotten when memory is short.
            yield max(int(limit) - used + int(statistics["inactive_file"]), 0)


def check_memory(n_rows: int, n_features: int, learner: Demanding) -> None:
    """Refuse features that are too large to be trained on in the memory that is free.

    Parameters
    ----------
    n_rows, n_features : int
    learner : Demanding

    Raises
    ------
    TrainingError
        With both numbers, and ways out.
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
