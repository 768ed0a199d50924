"""Predictions in a text file, published whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

from .publishing import PathLike, WholeFiles, saying_why


class PredictionFile(WholeFiles):
    """A text file of predictions.

    Parameters
    ----------
    path : path
    overwrite : bool
        Whether a file that is there may be replaced.
    inputs : sequence of path
        Files that are being read, which are never replaced.
    """

    opening = {"mode": "w", "encoding": "utf-8", "newline": ""}

    def __init__(self, path: PathLike, *, overwrite: bool = False, inputs: Sequence[PathLike] = ()):
        super().__init__((Path(path).expanduser(),), overwrite, inputs)

    def write(self, text: str) -> None:
        """Append some text.

        Raises
        ------
        SinkError
            The disk is full, say.
        """
        with saying_why(self.paths[0]):
            self._files[0].write(text)
