"""Add ImageNet's classes and probabilities to an Orange table that names images."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from Orange.data import ContinuousVariable, DiscreteVariable, Table, Variable
from Orange.data.util import get_unique_names

from ..embedding.embedder import Embedder
from ..embedding.imagenet_predictions import stream_imagenet_classes
from ..embedding.predictions import Prediction
from ..records import Callback, Location, Skipped
from .image_columns import TableSource, find_image_column, skipped_rows
from .meta_columns import append_metas

N_RANKED = 10
"""Number of predicted classes per image; tables may show fewer."""


@dataclass(frozen=True, eq=False)
class TablePredictions:
    """Predicted classes of the images of a table.

    Attributes
    ----------
    table : Orange.data.Table
        The table of images.
    column : Variable
        The image column.
    predictions : list of Prediction
        Predictions of the images that could be read, with `N_RANKED` classes; keys are row numbers.
    problems : list of Skipped
        Images that could not be read.
    """

    table: Table
    column: Variable
    predictions: list[Prediction]
    problems: list[Skipped]
    _tables: dict[int, Table] = field(default_factory=dict)

    @property
    def rows(self) -> list[int]:
        """Rows of the table whose images could be read."""
        return [int(prediction.key) for prediction in self.predictions]

    @cached_property
    def images(self) -> list[tuple[str, Location]]:
        """Names in the table, and locations, of the images that could be read."""
        rows = self.table[self.rows]
        names = [self.column.str_val(value) for value in rows.get_column(self.column)]
        return list(zip(names, (item.location for item in TableSource(rows, self.column)), strict=True))

    @cached_property
    def skipped(self) -> Table | None:
        """Rows whose images could not be read, with a meta ``reason``; None if there are none."""
        return skipped_rows(self.table, self.problems) if self.problems else None

    def prepare(self, n_classes: int) -> None:
        """Compute the tables in the current thread, as this takes long with many images."""
        self.with_classes(n_classes)
        _ = self.images, self.skipped

    def with_classes(self, n_classes: int) -> Table | None:
        """Return the rows whose images could be read, with the most probable classes.

        Parameters
        ----------
        n_classes : int
            Number of classes, at most `N_RANKED`.

        Returns
        -------
        Orange.data.Table or None
            A table with the metas ``ImageNet 1`` (categorical), ``ImageNet 1 probability`` (0-1), ``ImageNet 2``, ...,
            and the type and the ids of the given table. None if no image could be read.
        """
        if not self.predictions:
            return None
        if n_classes not in self._tables:
            self._tables[n_classes] = self._make_table(n_classes)
        return self._tables[n_classes]

    def _make_table(self, n_classes: int) -> Table:
        names = [
            name for rank in range(1, n_classes + 1) for name in (f"ImageNet {rank}", f"ImageNet {rank} probability")
        ]
        free = get_unique_names(self.table.domain, names)
        variables, columns = [], []
        for rank in range(n_classes):
            found = [prediction.classes[rank] for prediction in self.predictions]
            class_indices = {name: index for index, name in enumerate(sorted({each.name for each in found}))}
            variables.append(DiscreteVariable(free[2 * rank], tuple(class_indices)))
            variables.append(ContinuousVariable(free[2 * rank + 1], number_of_decimals=4))
            columns.append([class_indices[each.name] for each in found])
            columns.append([each.probability for each in found])
        return append_metas(self.table[self.rows], variables, np.array(columns, float).T)


def predict_table(
    table: Table, embedder: Embedder, column: Variable | str | None = None, callback: Callback | None = None
) -> TablePredictions:
    """Predict which of ImageNet's classes the images of a table show.

    Parameters
    ----------
    table : Orange.data.Table
    embedder : Embedder
        An embedder with the layer from `classes_layer`.
    column : Variable or str, optional
        The image column; by default the first of `image_columns`.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    TablePredictions

    Raises
    ------
    SourceError
        The table has no such column, or no column that may name images.
    SettingError
        The layer does not give the probabilities of ImageNet's classes.
    UnknownBackboneError, WeightsError
        The embedder cannot load its network.
    """
    column = find_image_column(table.domain, column)
    answers = list(stream_imagenet_classes(embedder, TableSource(table, column), N_RANKED, callback))
    predictions = [answer for answer in answers if isinstance(answer, Prediction)]
    return TablePredictions(table, column, predictions, [each for each in answers if isinstance(each, Skipped)])
