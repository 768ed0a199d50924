"""The table: one line a row, in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

COLUMNS = ("row", "ours", "against", "notes")

EXPLAINED = """
- Medians of interleaved repeats; all contenders of a row ran in turns on images of the same size.
- `engine/...`: one forward pass on a batch in memory, random weights, images/s. In brackets how many times as fast
  ours is: first the engine that `engine="auto"` takes, then TensorFlow's. All but PyTorch run the same layers and
  preprocess the pixels, plain OpenVINO from the very file that ours reads; `predict` gets four batches a call of
  light networks; PyTorch's pixels are prepared beforehand, and it is torchvision's network of that name.
  The share of the peak counts multiplications and additions of convolutions and dense layers, and compares them with
  the faster of two big matrix products (TensorFlow's and OpenVINO's) at the same precision, in turns with the rest.
- `files/...`: JPEG files to features, networks loaded before, no cache. The bound is 1 / (1 / engine + 1 / decode):
  the engine alone and decoding alone each take all cores. Image Analytics and the loops are measured on a part of the
  images, as they are slow.
- `cache`: `Embedder.stream` over files that all differ and whose features are in the cache.
- `memory/...`: peak of the resident memory of one run of the command for each number of images.
- `startup`: seconds of a fresh process, where nothing else is said. The first start of Orange has no registry of
  widgets yet, and imports them all.
- `canvas`: the longest time between two ticks, due every 10 ms, of the event loop of Orange's canvas, in each phase;
  against that of Orange alone with a table of as many numbers.
"""


@dataclass(frozen=True)
class Row:
    """One line.

    Attributes
    ----------
    name : str
        By which it can be measured again.
    ours, against, notes : str
        Contents of the columns.
    """

    name: str
    ours: str = ""
    against: str = ""
    notes: str = ""

    def markdown(self) -> str:
        """Write it as a line of a table."""
        return as_line((f"`{self.name}`", self.ours, self.against, self.notes))


def as_line(cells: Sequence[str]) -> str:
    """Write a line of a table."""
    return "| " + " | ".join(" ".join(cell.replace("|", "/").split()) for cell in cells) + " |"


def heading() -> str:
    """Write the table's first two lines."""
    return as_line(COLUMNS) + "\n" + as_line(["---"] * len(COLUMNS))


def number(value: float) -> str:
    """Write a rate with three digits or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
