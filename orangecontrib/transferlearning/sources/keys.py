"""Make keys of images, and unique names."""

import os
from collections import Counter
from collections.abc import Iterator

from ..records import Location


def location_key(location: Location, otherwise: str) -> str:
    """Name an image by its path or URL; `otherwise` if it has none that a person could read."""
    text = os.fsdecode(location) if isinstance(location, str | os.PathLike) else ""
    return otherwise if not text or text[:5].lower() == "data:" else printable(text)


def printable(text: str) -> str:
    """Replace what is not Unicode in a file name, as it could not be written to any output."""
    return text.encode("utf-8", "replace").decode("utf-8")


def unique_names(keys: list[str]) -> Iterator[str]:
    """Yield each name as it is, a repeated one with a number that makes it unique: "a", "a (2)"."""
    taken, times = set(keys), Counter()
    for key in keys:
        times[key] += 1
        yield key if times[key] == 1 else take_name(key, taken, times[key])


def take_name(name: str, taken: set[str], number: int = 1) -> str:
    """Return a name with the first number, from this one on, that makes it unique, and add it to those taken."""
    free = name if number == 1 else f"{name} ({number})"
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free
