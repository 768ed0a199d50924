"""A fine-tuned network as a file, and what tells of its training beside it."""

from collections.abc import Iterator
from pathlib import Path

from .charts import draw_confusion, draw_targets
from .curves import draw_curves
from .finetuned import FineTuned
from .publishing import saying_why
from .trainingfiles import TrainedFile, as_png, write_beside


class NetworkFile(TrainedFile):
    """``NAME.keras``."""

    title = "A fine-tuned network"
    ending = ".keras"

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
