"""The table of results in Markdown, one line per row."""

from collections.abc import Sequence
from dataclasses import dataclass

COLUMNS = ("row", "ours", "against", "notes")

EXPLAINED = """
- Medians of interleaved repeats; all contenders of a row ran in turns on images of the same size.
- `engine/...`: one forward pass on a batch in memory, random weights, images/s. Parentheses say how many times
  as fast ours is: first the engine that `engine="auto"` takes, then TensorFlow's. All but PyTorch run the same layers
  and preprocess the pixels; plain OpenVINO runs what Keras exports, as ours does. For light networks a call of
  `predict` has four batches. PyTorch runs torchvision's network of that name, with pixels preprocessed beforehand.
  The share of the peak counts multiplications and additions of convolutions and dense layers, and compares them with
  the faster of two large matrix products (TensorFlow's and OpenVINO's) at the same precision, in turns with the rest.
- `files/...`: from JPEG files to features, networks loaded before, no cache. The bound is
  1 / (1 / engine + 1 / decode): the engine alone and decoding alone each take all cores. Image Analytics and the loops
  are measured on a part of the images, because they are slow.
- `presets`: from JPEG files to features by each preset; parentheses say how many times as fast as SqueezeNet alone.
- `cache`: `Embedder.stream` over files that all differ and whose features are in the cache.
- `memory/...`: peak resident memory of one run of the command, for each number of images.
- `startup`: seconds of a new process, unless the row says otherwise. The first start of Orange has no registry of
  widgets yet, and imports them all.
- `canvas`: the longest time between two ticks, due every 10 ms, of the event loop of Orange's canvas, in each phase,
  compared with Orange alone and a table of as many numbers.
"""


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes
    ----------
    name : str
        Its name in the command.
    ours, against, notes : str
        Contents of the columns.
    """

    name: str
    ours: str = ""
    against: str = ""
    notes: str = ""

    def markdown(self) -> str:
        """Return the row as a line of a Markdown table."""
        return as_line((f"`{self.name}`", self.ours, self.against, self.notes))


def as_line(cells: Sequence[str]) -> str:
    """Return a line of a Markdown table."""
    return "| " + " | ".join(" ".join(cell.replace("|", "/").split()) for cell in cells) + " |"


def heading() -> str:
    """Return the first two lines of the table."""
    return as_line(COLUMNS) + "\n" + as_line(["---"] * len(COLUMNS))


def number(value: float) -> str:
    """Return a rate as text, with three digits or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
