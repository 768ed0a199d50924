"""Fine-tuned networks as Orange models, which take tables that name images."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from Orange.base import Model
from Orange.data import Domain, Table, Variable
from Orange.data.table import DomainTransformationError
from Orange.util import dummy_callback

from ..embedding.embedder import Embedder
from ..errors import Cancelled, SettingError, SourceError
from ..finetuning.open_finetuned import open_content
from ..plurals import pl
from ..records import Callback
from ..waiting import wait_for
from .image_columns import TableSource, describe_row, image_columns, matching_image_column


class FineTunedModel(Model):
    """Predicts the class or the number of images that a table names.

    An image that cannot be read is an error, as Orange's Predictions cannot show a missing prediction.

    Parameters
    ----------
    content : bytes
        Content of a ``.keras`` file; write it to a file for the command, or for other programs.
    about : mapping
        Description of the network, from `Recipe.about`.
    column : str
        Name of the image column.
    is_only_column : bool
        Whether the table had no other image column; see `matching_image_column`.

    Attributes
    ----------
    fingerprint : str
        Fingerprint of the predictions, from `Recipe.fingerprint`.
    engine : {"auto", "tensorflow", "openvino"}
        Engine of the network in this process; see `Embedder`.
    """

    fingerprint = ""
    engine = "auto"

    def __init__(self, content: bytes, about: Mapping[str, Any], column: str, is_only_column: bool = True):
        super().__init__()
        self.is_only_column = is_only_column
        self.content = content
        self.about = about
        self.column = column
        self._embedder: Embedder | None = None
        self._opening = threading.Lock()

    def data_to_model_domain(self, data: Table, progress_callback: Callable[..., None] = dummy_callback) -> Table:
        """Return the table, as its images are read and not its attributes."""
        return data

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803 - Orange's name
        """Refuse an array of numbers, as the model reads images.

        Raises
        ------
        SettingError
        """
        raise SettingError("A fine-tuned network predicts images: give a table that names them, not numbers.")

    def predict_storage(self, data: Table) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Predict the images of a table.

        Parameters
        ----------
        data : Orange.data.Table
            A table with this image column, or with one of another name if it is the only one.

        Returns
        -------
        numbers : ndarray of shape (n,), float64
            Predictions of a continuous target.
        values, probabilities : ndarrays of shape (n,) and (n, n_values), float64
            Predictions of a class.

        Raises
        ------
        SourceError
            The table has no such image column.
        DomainTransformationError
            An image cannot be read, or the work was cancelled.
        """
        source = TableSource(data, self._column_of(data.domain))
        try:
            outputs = wait_for(lambda callback: self._predict(source, callback), f"Predicting images of {data.name}")
        except Cancelled as error:
            raise DomainTransformationError("cancelled while its images were predicted") from error
        if not self.about["classes"]:
            return outputs[:, 0]
        return outputs.argmax(axis=1).astype(float), outputs / outputs.sum(axis=1, keepdims=True)

    def _column_of(self, domain: Domain) -> Variable:
        column = matching_image_column(domain, self.column, self.is_only_column)
        if column is None:
            names = ", ".join(each.name for each in image_columns(domain)) or "none"
            other = " or a single one marked type=image," if self.is_only_column else ""
            raise SourceError(
                f"Expected a column {self.column} that names images,{other} and found {names}: rename the one that "
                "does in Edit Domain, or make it a meta in Select Columns."
            )
        return column

    def _predict(self, source: TableSource, callback: Callback | None) -> np.ndarray:
        # Loading is not part of the progress.
        embedder = self._open().load(callback and (lambda fraction: callback(0.0)))
        found = embedder.embed(source, callback)
        if found.skipped:
            first = found.skipped[0]
            raise DomainTransformationError(
                f"{len(found.skipped)} of {len(source)} {pl(len(source), 'image')} cannot be read, the first in "
                f"{describe_row(source.table, source.column, int(first.key))}: {first.reason}. Leave such rows out"
            )
        return found.features.astype(np.float64)

    def _open(self) -> Embedder:
        with self._opening:
            if self._embedder is None:
                self._embedder, _ = open_content(self.content, engine=self.engine)
            return self._embedder

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.content):,} bytes, {self.about!r}, {self.column!r})"

    def __getstate__(self) -> dict[str, Any]:
        # Orange keeps the training table under two names; it must not be in a file of the model.
        without = ("instances", "engine", "_embedder", "_opening")
        state = {name: value for name, value in super().__getstate__().items() if name not in without}
        return state | {"original_data": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ |= state | {"_embedder": None, "_opening": threading.Lock()}
