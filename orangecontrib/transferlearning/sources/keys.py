"""Make keys of images, and unique names."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator

from ..records import Location


def location_key(location: Location, otherwise: str) -> str:
    """Return the path or URL of an image as its key; `otherwise` for pixels and data URLs."""
    text = os.fsdecode(location) if isinstance(location, str | os.PathLike) else ""
    return otherwise if not text or text[:5].lower() == "data:" else printable(text)


def printable(text: str) -> str:
    """Replace the parts of a file name that are not Unicode, as they cannot be written to a file."""
    return text.encode("utf-8", "replace").decode("utf-8")


def on_one_line(text: str, most: int = 200) -> str:
    """Return text for a message, without line breaks and other characters that cannot be printed, and not too long."""
    text = "".join(each if each.isprintable() else " " for each in text)
    return text if len(text) <= most else f"{text[:most]}..."


def names_in_words(names: Iterable[str], most: int = 2000) -> str:
    """Return names for a message, with commas between them, each `shortened`, and not too many."""
    return shortened(", ".join(shortened(name) for name in names), most)


def shortened(text: str, most: int = 200) -> str:
    """Return text for a message, cut if it is too long; all its characters stay."""
    return text if len(text) <= most else f"{text[:most]}..."


def unique_names(keys: list[str]) -> Iterator[str]:
    """Yield names, with a number if a name is repeated: "a", "a (2)"."""
    taken, times = set(keys), Counter()
    for key in keys:
        times[key] += 1
        yield key if times[key] == 1 else take_name(key, taken, times[key])


def take_name(name: str, taken: set[str], number: int = 1) -> str:
    """Add a name to those taken, with the first number from `number` on that makes it unique, and return it."""
    free = name if number == 1 else f"{name} ({number})"
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free
