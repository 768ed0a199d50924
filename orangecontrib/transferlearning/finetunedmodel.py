"""Fine-tuned networks as Orange models, which take tables that name pictures."""

import threading
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from Orange.base import Model
from Orange.data import Table
from Orange.util import dummy_callback

from .archives import unpack_network
from .backbones import find_backbone
from .bottlenecks import run_model
from .errors import SettingError
from .imagecolumns import TableSource, find_image_column
from .items import Skipped
from .loading import Loader
from .networks import building, from_pixels
from .picturesets import read_pictures
from .steps import read_steps

if TYPE_CHECKING:
    import keras


class FineTunedModel(Model):
    """Predicts the class or the number of pictures that a table names.

    A picture that cannot be read gives missing values, and a warning.

    Parameters
    ----------
    content : bytes
        Of a ``.keras`` file; write it to a file for the command, or for other programs.
    about : mapping
        As `Recipe.about` gives it.
    column : str
        Name of the column of pictures; in tables without it, the first of `table.image_columns` is taken.
    """

    def __init__(self, content: bytes, about: Mapping[str, Any], column: str):
        super().__init__()
        self.content = content
        self.about = about
        self.column = column
        self._network: keras.Model | None = None
        self._opening = threading.Lock()

    def data_to_model_domain(self, data: Table, progress_callback: Callable[..., None] = dummy_callback) -> Table:
        """Leave a table as it is: its pictures are read, not its attributes."""
        return data

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803 - Orange's name
        """Refuse numbers, as it is pictures that are looked at.

        Raises
        ------
        SettingError
        """
        raise SettingError("A fine-tuned network looks at pictures: give a table that names them, not numbers.")

    def predict_storage(self, data: Table) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Predict the pictures of a table.

        Parameters
        ----------
        data : Orange.data.Table
            With a column of pictures among its metas; other columns do not matter.

        Returns
        -------
        numbers : ndarray of shape (n,), float64
            Of a continuous target.
        values, probabilities : ndarrays of shape (n,) and (n, n_values), float64
            Of a class.

        Raises
        ------
        SourceError
            The table has no column of pictures.
        """
        known = self.column if self.column in data.domain else None
        source = TableSource(data, find_image_column(data.domain, known))
        pictures = read_pictures(
            [source],
            tuple(self.about["image_size"]),
            interpolation=self.about["interpolation"],
            steps=read_steps(self.about["steps"]),
        )
        warn_of_skipped(pictures.skipped, "have no prediction")
        network = self._opened()
        outputs = np.full((len(data), network.output_shape[1]), np.nan)
        outputs[pictures.places] = run_model(network, [pictures.pixels])[0]
        if not self.about["classes"]:
            return outputs[:, 0]
        values = np.full(len(data), np.nan)
        values[pictures.places] = outputs[pictures.places].argmax(axis=1)
        return values, outputs

    def backmap_value(self, value: np.ndarray, mapped_probs: np.ndarray | None, *others: Any) -> np.ndarray:
        """Give values in the order of the table's class; a missing one stays missing."""
        mapped = super().backmap_value(value.copy(), mapped_probs, *others)
        return np.where(np.isnan(value), np.nan, mapped)

    def _opened(self) -> "keras.Model":
        with self._opening:
            if self._network is None:
                backbone, size = find_backbone(self.about["backbone"]), tuple(self.about["image_size"])
                with building:
                    model = unpack_network(self.content)
                    self._network = from_pixels(Loader(backbone, None, None, size, 0, None), model)
            return self._network

    def __getstate__(self) -> dict[str, Any]:
        # The table trained on, which Orange notes under both names, does not belong into a file of the model.
        state = {name: value for name, value in super().__getstate__().items() if name != "instances"}
        return state | {"_network": None, "_opening": None, "original_data": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ |= state | {"_opening": threading.Lock()}


def warn_of_skipped(skipped: list[Skipped], consequence: str) -> None:
    """Warn of rows whose pictures could not be read."""
    if skipped:
        first = skipped[0]
        warnings.warn(
            f"{len(skipped)} pictures could not be read and {consequence}; the first is row {int(first.key) + 1}: "
            f"{first.reason}",
            stacklevel=3,
        )
