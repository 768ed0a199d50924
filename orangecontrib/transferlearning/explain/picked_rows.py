"""Rows of a table that were picked, with metas that say what they were picked by."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from Orange.data import ContinuousVariable, DiscreteVariable, Table, Variable

from ..embedding.embedder import Embedder
from ..orange.image_columns import TableSource
from ..orange.meta_columns import append_metas
from ..records import Callback, concatenate
from .map_model import MapModel


@dataclass(frozen=True, eq=False)
class RowFeatures:
    """Features of those rows whose images were read.

    Attributes
    ----------
    rows : ndarray of shape (n_read,), int
    features : ndarray of shape (n_read, n_features), float32
    reasons : mapping of int to str
        Why the images of the other rows could not be read.
    """

    rows: np.ndarray
    features: np.ndarray
    reasons: Mapping[int, str]

    def strongest(self, channel: int) -> tuple[np.ndarray, np.ndarray]:
        """Order rows by one feature, the greatest first.

        Returns
        -------
        rows : ndarray of shape (n_read,), int
        values : ndarray of shape (n_read,), float32
        """
        column = self.features[:, channel]
        order = np.argsort(-column, kind="stable")
        return self.rows[order], column[order]


def embed_rows(table: Table, column: Variable, embedder: Embedder, callback: Callback | None = None) -> RowFeatures:
    """Embed the images that a column names.

    Parameters
    ----------
    table : Orange.data.Table
    column : Variable
        One of `image_columns`.
    embedder : Embedder
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Raises
    ------
    SettingError, WeightsError
        From the embedder, when it loads its network.
    """
    found = concatenate(list(embedder.stream(TableSource(table, column), callback)), embedder.n_features)
    reasons = {int(each.key): each.reason for each in found.skipped}
    return RowFeatures(np.array(list(map(int, found.keys)), np.intp), found.features, reasons)


def rank_rows(table: Table, found: RowFeatures, channel: int) -> Table:
    """Order images by how much they excite a channel, the most first.

    Returns
    -------
    Orange.data.Table
        The rows whose images were read, with a meta ``activation``.
    """
    rows, values = found.strongest(channel)
    return append_metas(table[rows], [ContinuousVariable("activation")], values[:, None])


def predict_rows(table: Table, found: RowFeatures, model: MapModel) -> Table:
    """Predict images.

    Returns
    -------
    Orange.data.Table
        The rows whose images were read, with a meta ``predicted``; and, where it is a class, ``probability``.
    """
    values, scores = model.predict(found.features)
    if model.is_target:
        return append_metas(table[found.rows], [ContinuousVariable("predicted")], values[:, None])
    variables = [DiscreteVariable("predicted", model.names), ContinuousVariable("probability")]
    return append_metas(table[found.rows], variables, np.column_stack([values, scores.max(1)]))
