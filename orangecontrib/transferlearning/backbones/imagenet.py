"""ImageNet's 1000 classes, in the order of the numbers that the networks give."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

N_CLASSES = 1000


@dataclass(frozen=True)
class ImagenetClass:
    """One of the 1000.

    Attributes
    ----------
    wordnet_id : str
        Its number in WordNet, which no other class has: "n02510455".
    keras_name : str
        As Keras spells it: "giant_panda". Two pairs of classes share a name, "crane" (the bird, the machine) and
        "maillot".
    """

    wordnet_id: str
    keras_name: str

    @property
    def name(self) -> str:
        """For people: "giant panda"."""
        return self.keras_name.replace("_", " ")


@cache
def imagenet_classes() -> tuple[ImagenetClass, ...]:
    """Read the classes from the package's own file; the position of each is its number (0-999) in Keras' networks."""
    text = resources.files(__package__).joinpath("imagenet_classes.csv").read_text(encoding="utf-8")
    rows = csv.reader(text.splitlines())
    next(rows)
    return tuple(ImagenetClass(*row) for row in rows)
