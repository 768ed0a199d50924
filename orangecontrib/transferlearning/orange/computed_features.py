"""Compute the features of the images that an Orange table names, once for all of its columns."""

import math
import re
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from Orange.data import Domain, Table, Variable
from Orange.data.table import DomainTransformationError
from Orange.data.util import SharedComputeValue
from Orange.preprocess.transformation import Identity

from ..embedding.fingerprint import feature_prefix
from ..errors import Cancelled, TransferLearningError
from ..plurals import pl
from ..records import Callback, Embeddings, concatenate
from ..sources.list_source import ListSource
from ..waiting import Work, process_events, wait_for
from .feature_attributes import fingerprint_of
from .image_columns import column_origin, image_names, locate, matching_image_column
from .weak_cache import WeakCache

_NAME = re.compile(r"(?:(?P<column>.+) )?n(?P<index>\d+)(?: \(\d+\))?")

_FOUND_FEATURES = WeakCache()


class EmbeddingFeature(SharedComputeValue):
    """Computes one feature; two are equal if their embeddings and indices are.

    Parameters
    ----------
    embedding : ImageEmbedding
        The same object for all features of an embedding.
    index : int
        Index of the feature.
    """

    def __init__(self, embedding: "ImageEmbedding", index: int) -> None:
        super().__init__(embedding)
        self.index = index

    @property
    def embedding(self) -> "ImageEmbedding":
        """The embedding that computes all features."""
        return self.compute_shared

    def compute(self, data: Table, shared_data: "TableFeatures") -> np.ndarray:
        """Return the feature of a table's images, float64 of shape (n_rows,); see `TableFeatures.column`."""
        column = shared_data.column(self.index)
        # Predictions computes thousands of columns in the thread of the window.
        process_events()
        return column

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(self) is type(other) and self.index == other.index and self.embedding == other.embedding

    def __hash__(self) -> int:
        # Fast, as it is computed several times for each column.
        return hash((self.index, self.compute_shared.fingerprint))


def feature_of(variable: Variable) -> EmbeddingFeature | None:
    """Return the object that computes a variable, if the variable is a feature of images, also a renamed one."""
    while isinstance(variable.compute_value, Identity):
        variable = variable.compute_value.variable
    return variable.compute_value if isinstance(variable.compute_value, EmbeddingFeature) else None


def split_name(name: str, fingerprint: str = "", columns: Collection[str] = ()) -> tuple[str, int] | None:
    """Return image column and index for the name of a feature: ("left", 3) for "left n3", ("", 0) for "n0" or "n0 (1)".

    The name may begin with the `feature_prefix` of the fingerprint, which is no image column unless it is one of
    `columns`. For any other name, return None.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    column = match["column"] or ""
    is_prefix = column == feature_prefix(fingerprint) and column not in columns
    return "" if is_prefix else column, int(match["index"])


def features_there(domain: Domain, embedding: "ImageEmbedding") -> dict[int, Variable]:
    """Find the features of an embedding that a table has already; they may be renamed.

    Features from a file, which does not keep the objects that compute them, are recognized by fingerprint and name.
    Features of another image column count if both tables have a single image column.

    Returns
    -------
    dict of int to Variable
        Variables by the indices of the features.
    """
    found = _FOUND_FEATURES.find(domain, embedding)
    if found is None:
        found = _find_features(domain, embedding)
        _FOUND_FEATURES.keep(domain, embedding, found)
    return found


def _find_features(domain: Domain, embedding: "ImageEmbedding") -> dict[int, Variable]:
    columns: dict[tuple[str, bool], dict[int, Variable]] = {}
    metas = {variable.name for variable in domain.metas}
    for variable in (*domain.attributes, *domain.metas):
        feature = feature_of(variable)
        named = split_name(variable.name, fingerprint_of(variable), metas)
        if feature:
            column, index, fingerprint = feature.embedding.column, feature.index, feature.embedding.fingerprint
            is_only = feature.embedding.is_only_column
        elif named and variable.is_continuous:
            (column, index), fingerprint = named, fingerprint_of(variable)
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


_COMPUTED = WeakCache()


@dataclass(frozen=True)
class ImageEmbedding:
    """Computes all features of the images in one column; the variables of the features share it.

    It holds settings only, also in a pickle: the embedder and its network are found by the fingerprint when features
    are computed. Two are equal if fingerprint and column are.

    Attributes
    ----------
    fingerprint : str
        Fingerprint of the embedder.
    weights : str
        Name of the weights, from `Embedder.weights_name`.
    column : str
        Name of the image column; "" if the images were not from a table, but from a folder, for example.
    is_only_column : bool
        Whether the table had no other image column; see `matching_image_column`.
    """

    fingerprint: str
    weights: str = field(default="", compare=False)
    column: str = ""
    is_only_column: bool = field(default=True, compare=False)

    def __call__(self, table: Table) -> "TableFeatures":
        """Return the features of a table's images; nothing is computed before a column is asked for."""
        return TableFeatures(self, table)

    def image_column(self, domain: Domain) -> Variable | None:
        """Find the column of images in another table."""
        return matching_image_column(domain, self.column, self.is_only_column)

    def compute(self, table: Table, column: Variable) -> tuple[Embeddings, np.ndarray]:
        """Compute the features of the images that a column names in one run, unless they were just computed.

        Returns
        -------
        embeddings : Embeddings
            Features of the images, with their names as keys.
        rows : ndarray of shape (n_rows,), int
            For each row of the table, the row of its features; -1 if it has none.

        Raises
        ------
        DomainTransformationError
            They cannot be computed; the message says why.
        """
        found, last_names, rows = _COMPUTED.find(_owner(table), self._key(column)) or (_NONE, None, None)
        # The objects of the table itself are compared fast; chains of transformations call this for each feature.
        names = table.get_column(column).tolist() if column.is_string else image_names(table, column)
        if names == last_names:
            return found, rows
        texts = image_names(table, column)
        known = _rows_by_name(found)
        missing = [name for name in dict.fromkeys(texts) if name not in known]
        if missing:
            origin, title = column_origin(column), f"Embedding the images of {table.name}"
            found = concatenate([found, _wait(lambda callback: self._embed(missing, origin, callback), title)], 0)
            known = _rows_by_name(found)
        rows = np.array([known[name] for name in texts], np.intp)
        _COMPUTED.keep(_owner(table), self._key(column), (found, names, rows))
        return found, rows

    def remember(self, table: Table, column: Variable, embeddings: Embeddings) -> None:
        """Keep features, with the names of their images as keys, for the conversion of a table or of parts of it."""
        _COMPUTED.keep(_owner(table), self._key(column), (embeddings, None, None))

    def _key(self, column: Variable) -> tuple["ImageEmbedding", str, str]:
        return self, column.name, column_origin(column)

    def _embed(self, names: Sequence[str], origin: str, callback: Callback | None) -> Embeddings:
        # Orange's File and Save Data make such variables without embedding images.
        from ..embedding.known_embedders import KNOWN_EMBEDDERS

        # Loading is not part of the progress.
        waiting = callback and (lambda fraction: callback(0.0))
        embedder = KNOWN_EMBEDDERS.find(self.fingerprint, self.weights, waiting)
        if callback:
            # Loading may have taken long.
            callback(0.0)
        found = embedder.embed(ListSource([locate(name, origin) for name in names], keys=names), callback)
        vectors = found.features.reshape(len(found), math.prod(found.features.shape[1:]))
        return replace(found, features=vectors)


_NONE = Embeddings([], np.empty((0, 0), np.float32), [])


def _rows_by_name(embeddings: Embeddings) -> dict[str, int]:
    """Return the row of each image's features; -1 for images that cannot be read, and for missing names."""
    rows = {name: row for row, name in enumerate(embeddings.keys)}
    return {"": -1} | dict.fromkeys((each.key for each in embeddings.skipped), -1) | rows


def _owner(table: Table) -> np.ndarray:
    """Return the array with the names of the images, which slices of the table share."""
    array = table.metas
    while isinstance(getattr(array, "base", None), np.ndarray):
        array = array.base
    return array


def _wait(work: Work, title: str) -> Embeddings:
    try:
        return wait_for(work, title)
    except Cancelled as error:
        raise DomainTransformationError("cancelled while its images were embedded") from error
    except (TransferLearningError, MemoryError) as error:
        # Orange expects this error if a table cannot be converted.
        raise DomainTransformationError(f"images cannot be embedded: {error}") from error


class TableFeatures:
    """Features of the images of one table, computed when the first of them is asked for.

    Parameters
    ----------
    embedding : ImageEmbedding
    table : Orange.data.Table
    """

    def __init__(self, embedding: ImageEmbedding, table: Table) -> None:
        self.embedding = embedding
        self.table = table
        self._found = features_there(table.domain, embedding)
        self._computed: tuple[Embeddings, np.ndarray] | None = None

    def column(self, index: int) -> np.ndarray:
        """Return one feature.

        Returns
        -------
        ndarray of shape (n_rows,), float64
            The column of the table if it has the feature; else the computed feature, with NaN for images that cannot be
            read. All NaN, with a warning, if the table has no image column.

        Raises
        ------
        DomainTransformationError
            It cannot be computed; the message says why.
        """
        if index in self._found:
            return self.table.get_column(self._found[index])
        if self._computed is None:
            self._computed = self._compute()
        embeddings, rows = self._computed
        column = np.full(len(rows), np.nan)
        if (rows >= 0).any():
            column[rows >= 0] = embeddings.features[rows[rows >= 0], index]
        return column

    def problem(self) -> str:
        """Return a message about images that cannot be read; "" if there are none, or the table has the features."""
        column = self.embedding.image_column(self.table.domain)
        if self._found or column is None:
            return ""
        embeddings, rows = self._compute()
        names = image_names(self.table, column)
        unread = [name for name, row in zip(names, rows.tolist(), strict=True) if row < 0]
        if not unread:
            return ""
        reasons = (each.reason for each in embeddings.skipped if each.key == unread[0])
        reason = f"{unread[0]}: {next(reasons)}" if unread[0] else "no image is named"
        return f"{len(unread)} of {len(names)} {pl(len(names), 'image')} cannot be read: {reason}"

    def _compute(self) -> tuple[Embeddings, np.ndarray]:
        column = self.embedding.image_column(self.table.domain)
        if column is None:
            self._warn_of_missing()
            return _NONE, np.full(len(self.table), -1)
        return self.embedding.compute(self.table, column)

    def _warn_of_missing(self) -> None:
        if len(self.table):
            wanted = f"column {self.embedding.column!r}" if self.embedding.column else "one column marked type=image"
            warnings.warn(f"features are missing: the table has no {wanted} that names images", stacklevel=2)
