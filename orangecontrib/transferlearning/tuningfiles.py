"""A fine-tuned network as a file, and what tells of its training beside it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from .charts import draw_confusion, draw_targets
from .curves import draw_curves
from .errors import SinkError
from .finetuned import FineTuned
from .publishing import PathLike, WholeFiles, saying_why
from .trainingfiles import BESIDE, as_png, path_beside, write_beside

ENDING = ".keras"
"""Of networks."""


class NetworkFile(WholeFiles):
    """``NAME.keras``.

    Parameters
    ----------
    path : path
        The ending may be left out.
    overwrite : bool
        Whether a network that is there may be replaced. What tells of a training beside it is in the way as well, and
        removed where it may be replaced.
    inputs : sequence of path
        Files that are being read, which are never replaced.

    Raises
    ------
    SinkError
        Another ending, or a file that is in the way.
    """

    def __init__(self, path: PathLike, *, overwrite: bool = False, inputs: Sequence[PathLike] = ()):
        path = Path(path).expanduser()
        if path.suffix not in ("", ENDING):
            raise SinkError(f"A fine-tuned network ends with {ENDING}, not {path.suffix}: name one such, or no ending.")
        beside = tuple(path_beside(path, kind) for kind in BESIDE)
        super().__init__((path.with_suffix(ENDING),), overwrite, inputs, beside)

    def write(self, content: bytes) -> None:
        """Write the network.

        Raises
        ------
        SinkError
            The disk is full, say.
        """
        with saying_why(self.paths[0]):
            self._files[0].write(content)


def draw_tuning(tuned: FineTuned, network: Path) -> Iterator[Path]:
    """Write ``NAME_epochs.csv``; draw ``NAME_curves.png``, and ``NAME_confusion.png`` or ``NAME_predicted.png``.

    Parameters
    ----------
    tuned : FineTuned
        Without test rows, the last of these is not drawn.
    network : Path
        Written already, so that whatever happens here cannot cost it.

    Yields
    ------
    Path
        Of a file that is written.

    Raises
    ------
    SinkError
        A file cannot be drawn or written.
    """
    writers = {
        "epochs": lambda file: file.write(tuned.history.to_csv().encode()),
        "curves": as_png(draw_curves, tuned.history, tuned.title),
    }
    if len(tuned.truth):
        draw, kind = (draw_confusion, "confusion") if tuned.classes else (draw_targets, "predicted")
        writers[kind] = as_png(draw, tuned)
    return write_beside(network, writers)
