"""The 1000 classes of ImageNet, in the order of the networks' outputs."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

N_CLASSES = 1000


@dataclass(frozen=True)
class ImagenetClass:
    """A class of ImageNet.

    Attributes
    ----------
    wordnet_id : str
        Number in WordNet, unique to the class: "n02510455".
    keras_name : str
        Name in Keras: "giant_panda". Two pairs of classes share a name, "crane" (the bird, the machine) and
        "maillot".
    """

    wordnet_id: str
    keras_name: str

    @property
    def name(self) -> str:
        """Name with spaces: "giant panda"."""
        return self.keras_name.replace("_", " ")


@cache
def imagenet_classes() -> tuple[ImagenetClass, ...]:
    """Read the classes from the package's own file; a class's index (0-999) is that of the networks' outputs."""
    text = resources.files(__package__).joinpath("imagenet_classes.csv").read_text(encoding="utf-8")
    rows = csv.reader(text.splitlines())
    next(rows)
    return tuple(ImagenetClass(*row) for row in rows)
