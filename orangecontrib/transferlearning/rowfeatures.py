"""Features of the pictures that a table names, by row."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from Orange.data import Table, Variable

from .batches import concatenate
from .embedder import Embedder
from .imagecolumns import TableSource
from .items import Callback


@dataclass(frozen=True, eq=False)
class RowFeatures:
    """Features of those rows whose pictures were read.

    Attributes
    ----------
    rows : ndarray of shape (n_read,), int
    features : ndarray of shape (n_read, n_features), float32
    reasons : mapping of int to str
        Why the pictures of the other rows could not be read.
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
    """Embed the pictures that a column names.

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
