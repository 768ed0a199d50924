"""Variables of features that compute themselves where a table has pictures and no features."""

import re
from typing import TYPE_CHECKING

import numpy as np
from Orange.data import Domain, Table, Variable
from Orange.data.util import SharedComputeValue
from Orange.preprocess.transformation import Identity

from .remembered import Remembered
from .waiting import breathe

if TYPE_CHECKING:
    from .pictureembedding import PictureEmbedding, TableFeatures

_NAME = re.compile(r"(?:(?P<column>.+) )?n(?P<index>\d+)(?: \(\d+\))?")

_THERE = Remembered()


class EmbeddingFeature(SharedComputeValue):
    """What computes one feature; equal where embedding and number are.

    Parameters
    ----------
    embedding : PictureEmbedding
        The same object for all features of an embedding.
    index : int
        Which of its features.
    """

    def __init__(self, embedding: "PictureEmbedding", index: int) -> None:
        super().__init__(embedding)
        self.index = index

    @property
    def embedding(self) -> "PictureEmbedding":
        """What computes it together with the others."""
        return self.compute_shared

    def compute(self, data: Table, shared_data: "TableFeatures") -> np.ndarray:
        """Give the feature of a table's pictures, float64 of shape (n_rows,); see `TableFeatures.column`."""
        column = shared_data.column(self.index)
        # Of thousands of columns, in the window's thread where Predictions asks.
        breathe()
        return column

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(self) is type(other) and self.index == other.index and self.embedding == other.embedding

    def __hash__(self) -> int:
        # Less than what is compared, as it is asked for several times a column.
        return hash((self.index, self.compute_shared.fingerprint))


def feature_of(variable: Variable) -> EmbeddingFeature | None:
    """Give what computes a variable if it is a feature of pictures, by whatever name; else None."""
    while isinstance(variable.compute_value, Identity):
        variable = variable.compute_value.variable
    return variable.compute_value if isinstance(variable.compute_value, EmbeddingFeature) else None


def split_name(name: str) -> tuple[str, int] | None:
    """Take a feature's name apart: ("left", 3) of "left n3", ("", 0) of "n0" or "n0 (1)"; None of another name."""
    match = _NAME.fullmatch(name)
    return match and (match["column"] or "", int(match["index"]))


def features_there(domain: Domain, embedding: "PictureEmbedding") -> dict[int, Variable]:
    """Find the features of an embedding that a table has already, under whatever name.

    Those that a file has stripped of what computes them are known by their fingerprint and name. Features of another
    image column are taken where both tables have only one.

    Returns
    -------
    dict of int to Variable
        By their numbers.
    """
    found = _THERE.find(domain, embedding)
    if found is None:
        found = _find_features(domain, embedding)
        _THERE.keep(domain, embedding, found)
    return found


def _find_features(domain: Domain, embedding: "PictureEmbedding") -> dict[int, Variable]:
    columns: dict[tuple[str, bool], dict[int, Variable]] = {}
    for variable in (*domain.attributes, *domain.metas):
        feature = feature_of(variable)
        named = split_name(variable.name)
        if feature:
            column, index, fingerprint = feature.embedding.column, feature.index, feature.embedding.fingerprint
            is_only = feature.embedding.is_only_column
        elif named and variable.is_continuous:
            (column, index), fingerprint = named, variable.attributes.get("fingerprint")
            is_only = not column
        else:
            continue
        if fingerprint == embedding.fingerprint:
            columns.setdefault((column, is_only), {}).setdefault(index, variable)
    for (column, _), features in columns.items():
        if column == embedding.column:
            return features
    ((_, is_only), features), *others = columns.items() or [(("", False), {})]
    return features if is_only and embedding.is_only_column and not others else {}
