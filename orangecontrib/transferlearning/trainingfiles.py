"""A trained model and its pictures as files, published together or not at all."""

import pickle
from collections.abc import Sequence
from pathlib import Path

from .charts import draw_confusion, draw_grid, draw_targets
from .errors import SinkError
from .models import FeatureModel
from .publishing import PathLike, WholeFiles, saying_why
from .training import Training

ENDING = ".pkcls"
"""Of Orange's models."""

_PICTURES = {"grid": draw_grid, "confusion": draw_confusion, "predicted": draw_targets}


class TrainingFiles(WholeFiles):
    """``NAME.pkcls``, ``NAME_confusion.png`` or ``NAME_predicted.png``, and ``NAME_grid.png``.

    Parameters
    ----------
    path : path
        Of the model; the ending may be left out.
    kinds : sequence of str
        Which pictures there are to be: ``"confusion"``, ``"predicted"``, ``"grid"``. One of the others that is there
        counts as in the way, and is removed where it may be replaced.
    overwrite : bool
        Whether files that are there may be replaced.

    Raises
    ------
    SinkError
        Another ending, or a file that is in the way.
    """

    def __init__(self, path: PathLike, kinds: Sequence[str] = tuple(_PICTURES), *, overwrite: bool = False):
        path = Path(path).expanduser()
        if path.suffix not in ("", ENDING):
            raise SinkError(f"Orange's models end with {ENDING}, not {path.suffix}: name one such, or no ending.")
        pictures = {kind: path.with_name(f"{path.stem}_{kind}.png") for kind in _PICTURES}
        self._kinds = kinds
        written = (path.with_suffix(ENDING), *(pictures[kind] for kind in kinds))
        stale = tuple(pictures[kind] for kind in pictures if kind not in kinds)
        super().__init__(written, overwrite, stale=stale)

    def write(self, training: Training, model: FeatureModel) -> None:
        """Write the model and draw the pictures.

        Raises
        ------
        SinkError
            The disk is full, say.
        """
        with saying_why(self.paths[0]):
            pickle.dump(model, self._files[0], protocol=4)
            for kind, file in zip(self._kinds, self._files[1:], strict=True):
                _PICTURES[kind](training).savefig(file, format="png")


def pictures_of(training: Training) -> list[str]:
    """List the pictures that a training has: no grid's curve where there is nothing to choose."""
    shown = "predicted" if training.is_target else "confusion"
    return [shown, "grid"] if training.learner.parameter else [shown]
