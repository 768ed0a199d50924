"""A trained model as a file, and the pictures of its training beside it."""

import pickle
from collections.abc import Iterator
from pathlib import Path

from matplotlib.figure import Figure

from .charts import draw_confusion, draw_grid, draw_targets
from .errors import SinkError
from .models import FeatureModel
from .publishing import PathLike, WholeFiles, saying_why
from .training import Training

ENDING = ".pkcls"
"""Of Orange's models."""

_PICTURES = {"grid": draw_grid, "confusion": draw_confusion, "predicted": draw_targets}


class ModelFile(WholeFiles):
    """``NAME.pkcls``, for Orange's Load Model.

    Parameters
    ----------
    path : path
        The ending may be left out.
    overwrite : bool
        Whether a model that is there may be replaced. Pictures of a training beside it are in the way as well, and
        removed where they may be replaced.

    Raises
    ------
    SinkError
        Another ending, or a file that is in the way.
    """

    def __init__(self, path: PathLike, *, overwrite: bool = False):
        path = Path(path).expanduser()
        if path.suffix not in ("", ENDING):
            raise SinkError(f"Orange's models end with {ENDING}, not {path.suffix}: name one such, or no ending.")
        pictures = tuple(_picture_path(path, kind) for kind in _PICTURES)
        super().__init__((path.with_suffix(ENDING),), overwrite, stale=pictures)

    def write(self, model: FeatureModel) -> None:
        """Write the model.

        Raises
        ------
        SinkError
            The disk is full, say.
        """
        with saying_why(self.paths[0]):
            pickle.dump(model, self._files[0], protocol=4)


class _ChartFile(WholeFiles):
    def write(self, figure: Figure) -> None:
        with saying_why(self.paths[0]):
            figure.savefig(self._files[0], format="png")


def draw_pictures(training: Training, model: Path) -> Iterator[Path]:
    """Draw a training beside its model: ``NAME_confusion.png`` or ``NAME_predicted.png``, and ``NAME_grid.png``.

    Parameters
    ----------
    training : Training
    model : Path
        Written already, so that whatever happens to a picture cannot cost it.

    Yields
    ------
    Path
        Of a picture that is written.

    Raises
    ------
    SinkError
        A picture cannot be drawn or written.
    """
    shown = "predicted" if training.is_target else "confusion"
    # There is no curve of the grid where there is nothing to choose.
    for kind in [shown, "grid"] if training.learner.parameter else [shown]:
        path = _picture_path(model, kind)
        try:
            with _ChartFile((path,), overwrite=False) as file:
                file.write(_PICTURES[kind](training))
        except (ValueError, RuntimeError, MemoryError) as error:
            # As matplotlib says that it cannot show a text, a size or a number.
            raise SinkError(
                f"{path} cannot be drawn ({str(error) or 'too little memory'}); the model is written."
            ) from error
        yield path


def _picture_path(model: Path, kind: str) -> Path:
    return model.with_name(f"{model.stem}_{kind}.png")
