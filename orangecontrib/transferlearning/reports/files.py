"""A trained model as a file, and what tells of its training beside it."""

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, ClassVar

from matplotlib.figure import Figure

from ..atomic_files import AtomicFiles, PathLike, as_sink_error
from ..errors import SinkError
from ..finetuning.fine_tune import FineTuned
from ..orange.model_files import ENDING
from ..orange.models import FeatureModel
from ..records import Location
from ..training.head_training import HeadTraining
from ..training.training import Training
from .charts import draw_confusion, draw_curves, draw_grid, draw_targets
from .tested_images import draw_test

BESIDE: Mapping[str, str] = MappingProxyType(
    {kind: f"_{kind}.png" for kind in ("grid", "confusion", "predicted", "curves", "sheet")} | {"epochs": "_epochs.csv"}
)
"""Endings of the files that `train` and `network` write beside a model, by kind."""

Writer = Callable[[IO[bytes]], None]

_IMAGES = {"grid": draw_grid, "confusion": draw_confusion, "predicted": draw_targets}


class TrainedFile(AtomicFiles):
    """A model, beside which files will tell of its training; subclasses say what ending it has.

    Parameters
    ----------
    path : path
        The ending may be left out.
    overwrite : bool
        Whether a model that is there may be replaced. What tells of a training beside it is in the way as well, and
        removed where it may be replaced.
    inputs : sequence of path
        Files that are being read, which are never replaced.

    Raises
    ------
    SinkError
        Another ending, or a file that is in the way.
    """

    title: ClassVar[str]
    ending: ClassVar[str]

    def __init__(self, path: PathLike, *, overwrite: bool = False, inputs: Sequence[PathLike] = ()):
        path = Path(path).expanduser()
        if path.suffix not in ("", self.ending):
            raise SinkError(f"{self.title} ends with {self.ending}, not {path.suffix}: name one such, or no ending.")
        beside = tuple(path_beside(path, kind) for kind in BESIDE)
        super().__init__((path.with_suffix(self.ending),), overwrite, inputs, beside)


class ModelFile(TrainedFile):
    """``NAME.pkcls``, for Orange's Load Model."""

    title = "A model of Orange's"
    ending = ENDING

    def write(self, model: FeatureModel) -> None:
        """Write the model.

        Raises
        ------
        SinkError
            The disk is full, say.
        """
        with as_sink_error(self.paths[0]):
            pickle.dump(model, self._files[0], protocol=4)


class _FileBeside(AtomicFiles):
    def write(self, write: Writer) -> None:
        with as_sink_error(self.paths[0]):
            write(self._files[0])


def draw_charts(training: Training, model: Path) -> Iterator[Path]:
    """Draw a training beside its model: ``NAME_confusion.png`` or ``NAME_predicted.png``, and ``NAME_grid.png``.

    Parameters
    ----------
    training : Training
    model : Path
        Written already, so that whatever happens to an image cannot cost it.

    Yields
    ------
    Path
        Of an image that is written.

    Raises
    ------
    SinkError
        An image cannot be drawn or written.
    """
    shown = "predicted" if training.is_target else "confusion"
    # There is no curve of the grid where there is nothing to choose.
    kinds = [shown, "grid"] if training.learner.parameter else [shown]
    return write_beside(model, {kind: as_png(_IMAGES[kind], training) for kind in kinds})


def as_png(draw: Callable[[Any], Figure], *arguments: Any) -> Writer:
    """Make a writer of a figure, which is drawn when it is written."""
    return lambda file: draw(*arguments).savefig(file, format="png")


def write_beside(model: Path, writers: Mapping[str, Writer]) -> Iterator[Path]:
    """Write files beside a model that is written.

    Parameters
    ----------
    model : Path
    writers : mapping of str to callable
        By kinds of `BESIDE`: what writes into an open file.

    Yields
    ------
    Path
        Of a file that is written.

    Raises
    ------
    SinkError
        One cannot be drawn or written.
    """
    for kind, write in writers.items():
        path = path_beside(model, kind)
        try:
            with _FileBeside((path,), overwrite=False) as file:
                file.write(write)
        except (ValueError, RuntimeError, MemoryError) as error:
            # As matplotlib says that it cannot show a text, a size or a number.
            raise SinkError(
                f"{path} cannot be drawn ({str(error) or 'too little memory'}); the model is written."
            ) from error
        yield path


def path_beside(model: Path, kind: str) -> Path:
    """Name the file of a kind of `BESIDE` that belongs to a model."""
    return model.with_name(model.stem + BESIDE[kind])


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
        with as_sink_error(self.paths[0]):
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


def draw_network(training: HeadTraining, model: Path, shown: Mapping[int, Location]) -> Iterator[Path]:
    """Write ``NAME_epochs.csv``; draw ``NAME_curves.png``, and ``NAME_confusion.png`` or ``NAME_predicted.png``.

    Parameters
    ----------
    training : HeadTraining
    model : Path
        Written already, so that whatever happens here cannot cost it.
    shown : mapping of int to Location
        Images of the test by their rows, for ``NAME_sheet.png``, which there is not without them.

    Yields
    ------
    Path
        Of a file that is written.

    Raises
    ------
    SinkError
        A file cannot be drawn or written.
    ImageReadError
        One of the images cannot be read.
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
