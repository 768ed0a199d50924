"""Sort the rows of a table by one feature of their images, and predict them."""

import numpy as np
from Orange.data import ContinuousVariable, DiscreteVariable, Table

from ..orange.meta_columns import append_metas
from ..records import Embeddings
from .map_model import MapModel


def rows_of(embeddings: Embeddings) -> list[int]:
    """Return the rows of a table that embeddings of a `TableSource` belong to; those of skipped images are left out."""
    return list(map(int, embeddings.keys))


def rank_rows(embeddings: Embeddings, channel: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort the rows of a table by one feature, the largest value first.

    Parameters
    ----------
    embeddings : Embeddings
        Features of a `TableSource`.
    channel : int
        Index of the feature.

    Returns
    -------
    rows : ndarray of shape (n_read,), int
    values : ndarray of shape (n_read,), float32
    """
    values = embeddings.features[:, channel]
    order = np.argsort(-values, kind="stable")
    return np.array(rows_of(embeddings), np.intp)[order], values[order]


def rank_table(table: Table, embeddings: Embeddings, channel: int) -> Table:
    """Return the rows whose images were read, sorted as by `rank_rows`, with a meta ``activation``."""
    rows, values = rank_rows(embeddings, channel)
    return append_metas(table[rows], [ContinuousVariable("activation")], values[:, None])


def predict_rows(table: Table, embeddings: Embeddings, model: MapModel) -> Table:
    """Return the rows whose images were read, with a meta ``predicted``, and ``probability`` if it is a class."""
    values, scores = model.predict(embeddings.features)
    rows = table[rows_of(embeddings)]
    if model.is_target:
        return append_metas(rows, [ContinuousVariable("predicted")], values[:, None])
    variables = [DiscreteVariable("predicted", model.names), ContinuousVariable("probability")]
    return append_metas(rows, variables, np.column_stack([values, scores.max(1)]))
