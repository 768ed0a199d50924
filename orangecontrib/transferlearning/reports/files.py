"""Write a trained model to a file, and charts and tables of its training to files beside it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from matplotlib.figure import Figure

from ..atomic_files import AtomicFile, PathLike, file_path
from ..bakeoff.comparison import ComparisonRow, ComparisonSettings
from ..errors import SinkError
from ..finetuning.fine_tune import FineTuned
from ..records import Location
from ..training.head_training import HeadTraining
from ..training.training import Training
from .charts import draw_confusion, draw_curves, draw_grid, draw_targets
from .networks_chart import draw_networks
from .tested_images import draw_test

ENDINGS_BESIDE: Mapping[str, str] = MappingProxyType(
    {kind: f"_{kind}.png" for kind in ("grid", "confusion", "predicted", "curves", "sheet", "speed")}
    | {"epochs": "_epochs.csv"}
)
"""Endings of the files beside a model, by kind."""

TRAINING_KINDS = ("confusion", "predicted", "grid")
"""Kinds of the files that `write_training` may write."""

TUNING_KINDS = ("epochs", "curves", "confusion", "predicted")
"""Kinds of the files that `write_tuning` may write."""

HEAD_KINDS = (*TUNING_KINDS, "sheet", "grid")
"""Kinds of the files that `write_head_training` may write, or replaces: a grid is of a model with the same ending."""

COMPARISON_KINDS = ("speed",)
"""Kinds of the files that `write_comparison` may write."""

_MODEL_KINDS = {".keras": TUNING_KINDS, ".pkcls": HEAD_KINDS}
"""Kinds of the files that may be beside a model, by its ending."""

Writer = Callable[[AtomicFile], object]
"""Writes the content of a file that is open."""


def open_model_output(
    path: PathLike, ending: str, kinds: Sequence[str], *, overwrite: bool = False, inputs: Sequence[PathLike] = ()
) -> AtomicFile:
    """Open a file for a trained model, or for the table of a comparison.

    Parameters
    ----------
    path : path
        Its ending may be left out.
    ending : {".pkcls", ".keras", ".csv"}
        Ending of an Orange model, of a fine-tuned network, or of a table.
    kinds : sequence of str
        Kinds of the files that may be written beside it, for example `TRAINING_KINDS`. They count as existing files,
        and are removed if they may be replaced.
    overwrite : bool
        Whether an existing model may be replaced. Files beside it of other kinds are then removed with it, unless
        they may be those of a model with the same name and another ending.
    inputs : sequence of path
        Files that are being read; they are never replaced.

    Raises
    ------
    SinkError
        The path has another ending, or `AtomicFile` refuses it.
    """
    path = file_path(path)
    if path.suffix not in ("", ending):
        raise SinkError(f"The name of the output has to end with {ending}, not with {path.suffix}.")
    model = path.with_suffix(ending)
    is_alone = not any(path.with_suffix(other).exists() for other in _MODEL_KINDS if other != ending)
    if model.exists() and is_alone:
        kinds = tuple(dict.fromkeys((*kinds, *_MODEL_KINDS.get(ending, ()))))
    beside = tuple(path_beside(path, kind) for kind in kinds)
    return AtomicFile(model, overwrite=overwrite, inputs=inputs, stale=beside)


def path_beside(model: Path, kind: str) -> Path:
    """Return the path of a file beside a model, given its kind (a key of `ENDINGS_BESIDE`)."""
    return model.with_name(model.stem + ENDINGS_BESIDE[kind])


def write_beside(model: Path, writers: Mapping[str, Writer]) -> Iterator[Path]:
    """Write files beside a model.

    Parameters
    ----------
    model : Path
        The file of the model. It is written already, so that an error here does not lose it.
    writers : mapping of str to callable
        Writers of the files by kind.

    Yields
    ------
    Path
        The path of each file, after it is written.

    Raises
    ------
    SinkError
        A file cannot be drawn or written.
    """
    for kind, write in writers.items():
        path = path_beside(model, kind)
        try:
            with AtomicFile(path) as file:
                write(file)
        except (ValueError, RuntimeError, MemoryError) as error:
            # Errors of matplotlib, for example for a text or a size that it cannot draw.
            written = "the table" if model.suffix == ".csv" else "the model"
            raise SinkError(
                f"{path} cannot be drawn ({str(error) or 'too little memory'}); {written} is written."
            ) from error
        yield path


def png_writer(draw: Callable[..., Figure], *arguments: Any) -> Writer:
    """Return a writer of a chart, which is drawn when it is written."""
    return lambda file: draw(*arguments).savefig(file, format="png")


def write_training(training: Training, model: Path) -> Iterator[Path]:
    """Write ``NAME_confusion.png`` or ``NAME_predicted.png``, and ``NAME_grid.png``; see `write_beside`."""
    writers = {"predicted" if training.is_target else "confusion": _test_writer(training)}
    if training.learner.parameter:
        writers["grid"] = png_writer(draw_grid, training)
    return write_beside(model, writers)


def write_head_training(training: HeadTraining, model: Path, shown: Mapping[int, Location]) -> Iterator[Path]:
    """Write ``NAME_epochs.csv``, ``NAME_curves.png``, and ``NAME_confusion.png`` or ``NAME_predicted.png``.

    Parameters
    ----------
    training : HeadTraining
    model : Path
        The file of the model; see `write_beside`, which also describes the result and the errors.
    shown : mapping of int to Location
        Test images by row, for ``NAME_sheet.png``, which is not written without them.

    Raises
    ------
    ImageReadError
        A test image cannot be read.
    """
    yield from write_beside(model, _training_writers(training))
    if shown:
        sheet = draw_test(training, shown)
        yield from write_beside(model, {"sheet": lambda file: sheet.save(file, "PNG")})


def write_tuning(tuned: FineTuned, network: Path) -> Iterator[Path]:
    """Write ``NAME_epochs.csv``, ``NAME_curves.png``, and ``NAME_confusion.png`` or ``NAME_predicted.png``.

    Parameters
    ----------
    tuned : FineTuned
        Without test images, the last file is not written.
    network : Path
        The file of the network; see `write_beside`, which also describes the result and the errors.
    """
    return write_beside(network, _training_writers(tuned))


def write_comparison(rows: Sequence[ComparisonRow], settings: ComparisonSettings, table: Path) -> Iterator[Path]:
    """Write ``NAME_speed.png`` beside the table of a comparison of networks; see `write_beside`."""
    return write_beside(table, {"speed": png_writer(draw_networks, rows, settings)})


def _training_writers(training: HeadTraining | FineTuned) -> dict[str, Writer]:
    history = training.history
    writers: dict[str, Writer] = {
        "epochs": lambda file: file.write(history.to_csv().encode()),
        "curves": png_writer(draw_curves, history, training.title),
    }
    if len(training.truth):
        writers["confusion" if training.classes else "predicted"] = _test_writer(training)
    return writers


def _test_writer(tested: Training | HeadTraining | FineTuned) -> Writer:
    return png_writer(draw_confusion if tested.classes else draw_targets, tested)
