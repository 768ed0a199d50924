"""Notes about images that were read: what a user should know, in words."""

import json
from dataclasses import dataclass

FEW_LEVELS = (
    "most gray levels are lost, as the values use a small part of their range (the step percentiles:1,99 or "
    "range:LOW,HIGH stretches them)"
)
SEVERAL_FRAMES = "only the first frame is read (the step frame:N reads another)"
SEVERAL_CHANNELS = "only the first channels are read, as gray or as red, green and blue (the step channel:N reads one)"
BAND_AS_ALPHA = "the channel marked as alpha is perhaps near infrared, not transparency; the colors are kept"
HIDDEN_COLORS = "alpha hides colors, and they become white (the step opaque shows them)"
MISSING = "some values are no finite numbers, as for missing data; these pixels are black"
NOTHING_OPAQUE = "all is marked as transparent; the colors are kept"

_TEXTS = {
    "levels": FEW_LEVELS,
    "frames": SEVERAL_FRAMES,
    "channels": SEVERAL_CHANNELS,
    "band": BAND_AS_ALPHA,
    "transparent": NOTHING_OPAQUE,
    "hidden": HIDDEN_COLORS,
    "missing": MISSING,
}


@dataclass(frozen=True)
class ImageNote:
    """Something to know about an image that was read; the words are made late, as the cache is of all languages.

    Attributes
    ----------
    kind : {"levels", "frames", "channels", "band", "transparent", "hidden", "missing"}
    numbers : tuple of float
        "levels": the lowest and the highest value, and the number of levels that they become; "frames", "channels" and
        "band": how many there are; "hidden" and "missing": the share of such pixels.
    """

    kind: str
    numbers: tuple[float, ...] = ()

    @property
    def text(self) -> str:
        """What is so in all images of this kind."""
        return _TEXTS[self.kind]

    @property
    def detail(self) -> str:
        """What is so in this image."""
        if self.kind == "levels":
            lowest, highest, n_levels = self.numbers
            return f"values {lowest:g}-{highest:g} become {n_levels} of 256 levels"
        if self.kind == "frames":
            return f"{self.numbers[0]} frames"
        if self.kind in ("hidden", "missing"):
            return f"{100 * self.numbers[0]:.3g} % of the pixels"
        return f"{self.numbers[0]} channels" if self.numbers else "alpha is 0 everywhere"


def pack_notes(notes: tuple[ImageNote, ...]) -> bytes:
    """Return notes as bytes, for `unpack_notes`; none are no bytes."""
    return json.dumps([[note.kind, *note.numbers] for note in notes]).encode() if notes else b""


def unpack_notes(packed: bytes) -> tuple[ImageNote, ...]:
    """Return the notes that `pack_notes` has packed."""
    return tuple(ImageNote(kind, tuple(numbers)) for kind, *numbers in json.loads(packed)) if packed else ()
