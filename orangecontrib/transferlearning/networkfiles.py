"""What tells of a small network's training, as files beside its model."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from .charts import draw_confusion, draw_targets
from .curves import draw_curves
from .items import Location
from .networktraining import NetworkTraining
from .testsheet import draw_test
from .trainingfiles import as_png, write_beside


def draw_network(training: NetworkTraining, model: Path, shown: Mapping[int, Location]) -> Iterator[Path]:
    """Write ``NAME_epochs.csv``; draw ``NAME_curves.png``, and ``NAME_confusion.png`` or ``NAME_predicted.png``.

    Parameters
    ----------
    training : NetworkTraining
    model : Path
        Written already, so that whatever happens here cannot cost it.
    shown : mapping of int to Location
        Pictures of the test by their rows, for ``NAME_sheet.png``, which there is not without them.

    Yields
    ------
    Path
        Of a file that is written.

    Raises
    ------
    SinkError
        A file cannot be drawn or written.
    ImageReadError
        One of the pictures cannot be read.
    """
    history = training.history
    draw, kind = (draw_confusion, "confusion") if training.classes else (draw_targets, "predicted")
    writers = {
        "epochs": lambda file: file.write(history.to_csv().encode()),
        "curves": as_png(draw_curves, history, training.title),
        kind: as_png(draw, training),
    }
    yield from write_beside(model, writers)
    if shown:
        sheet = draw_test(training, shown)
        yield from write_beside(model, {"sheet": lambda file: sheet.save(file, "PNG")})
