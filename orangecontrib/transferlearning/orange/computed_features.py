"""Computes the features of the images that an Orange table names, once for all of its columns."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from Orange.data import Domain, Table, Variable
from Orange.data.table import DomainTransformationError
from Orange.data.util import SharedComputeValue
from Orange.preprocess.transformation import Identity

from ..errors import Cancelled, TransferLearningError
from ..records import Callback
from ..sources.list_source import ListSource
from ..waiting import Work, breathe, wait_for
from .features_by_name import ImageFeatures, WeakCache
from .image_columns import image_names, locate, matching_image_column

_NAME = re.compile(r"(?:(?P<column>.+) )?n(?P<index>\d+)(?: \(\d+\))?")

_THERE = WeakCache()


class EmbeddingFeature(SharedComputeValue):
    """Computes one feature; equal to another if embedding and number are.

    Parameters
    ----------
    embedding : ImageEmbedding
        The same object for all features of an embedding.
    index : int
        Which of its features.
    """

    def __init__(self, embedding: "ImageEmbedding", index: int) -> None:
        super().__init__(embedding)
        self.index = index

    @property
    def embedding(self) -> "ImageEmbedding":
        """The embedding that computes it together with the others."""
        return self.compute_shared

    def compute(self, data: Table, shared_data: "TableFeatures") -> np.ndarray:
        """Return the feature of a table's images, float64 of shape (n_rows,); see `TableFeatures.column`."""
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
    """Return what computes a variable if it is a feature of images, by whatever name; else None."""
    while isinstance(variable.compute_value, Identity):
        variable = variable.compute_value.variable
    return variable.compute_value if isinstance(variable.compute_value, EmbeddingFeature) else None


def split_name(name: str) -> tuple[str, int] | None:
    """Take a feature's name apart: ("left", 3) of "left n3", ("", 0) of "n0" or "n0 (1)"; None of another name."""
    match = _NAME.fullmatch(name)
    return match and (match["column"] or "", int(match["index"]))


def features_there(domain: Domain, embedding: "ImageEmbedding") -> dict[int, Variable]:
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


def _find_features(domain: Domain, embedding: "ImageEmbedding") -> dict[int, Variable]:
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


_COMPUTED = WeakCache()


@dataclass(frozen=True)
class ImageEmbedding:
    """Computes all features of the images in one column; their variables share it.

    It holds settings only, which is all that a pickle has of it: the embedder and its network are found, by the
    fingerprint, when features are computed. Two are equal where fingerprint and column are.

    Attributes
    ----------
    fingerprint : str
        Of the embedder.
    weights : str
        Where the network's weights were found, as `Embedder.weights_name` says it.
    column : str
        Name of the image column; "" where the images were not in one, but in a folder, say.
    is_only_column : bool
        Whether the table had no other; see `matching_image_column`.
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

    def compute(self, table: Table, column: Variable) -> tuple[ImageFeatures, np.ndarray]:
        """Compute the features of the images that a column names: in one run, unless they were just computed.

        Returns
        -------
        features : ImageFeatures
        rows : ndarray of shape (n_rows,), int
            Where in them the features of each row of the table are; -1 for rows without.

        Raises
        ------
        DomainTransformationError
            They cannot be computed; the message says why.
        """
        found, last_names, rows = self._remembered(table, column)
        # The very objects that the table has: they are compared in no time, and chains ask for each feature anew.
        names = table.get_column(column).tolist() if column.is_string else image_names(table, column)
        if names == last_names:
            return found, rows
        texts = image_names(table, column)
        missing = [name for name in dict.fromkeys(texts) if name not in found.rows]
        if missing:
            origin, title = column.attributes.get("origin", ""), f"Embedding the images of {table.name}"
            found = found.joined(_wait(lambda callback: self._embed(missing, origin, callback), title))
        rows = found.rows_of(texts)
        _COMPUTED.keep(_owner(table), self._key(column), (found, names, rows))
        return found, rows

    def remember(self, table: Table, column: Variable, features: ImageFeatures) -> None:
        """Have features at hand for this table, and for parts of it, while it is converted."""
        _COMPUTED.keep(_owner(table), self._key(column), (features, None, None))

    def _remembered(self, table: Table, column: Variable) -> tuple[ImageFeatures, list | None, np.ndarray | None]:
        return _COMPUTED.find(_owner(table), self._key(column)) or (ImageFeatures(), None, None)

    def _key(self, column: Variable) -> tuple["ImageEmbedding", str, str]:
        return self, column.name, column.attributes.get("origin", "")

    def _embed(self, names: Sequence[str], origin: str, callback: Callback | None) -> ImageFeatures:
        # Orange's File and Save Data make such variables without ever embedding an image.
        from ..embedding import known_embedders as knownembedders
        from ..records import concatenate

        # However far loading is, no image is done.
        waiting = callback and (lambda fraction: callback(0.0))
        embedder = knownembedders.KNOWN_EMBEDDERS.find(self.fingerprint, self.weights, waiting)
        if callback:
            # Loading it may have taken long.
            callback(0.0)
        source = ListSource([locate(name, origin) for name in names], keys=names)
        return ImageFeatures.of(concatenate(list(embedder.stream(source, callback)), embedder.n_features))


def _owner(table: Table) -> np.ndarray:
    """The array that a table's names of images are in, which slices of the table share."""
    array = table.metas
    while isinstance(getattr(array, "base", None), np.ndarray):
        array = array.base
    return array


def _wait(work: Work, title: str) -> ImageFeatures:
    try:
        return wait_for(work, title)
    except Cancelled as error:
        raise DomainTransformationError("cancelled while its images were embedded") from error
    except (TransferLearningError, MemoryError) as error:
        # Orange knows no other reason why a table cannot be converted.
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
        self._there = features_there(table.domain, embedding)
        self._computed: tuple[ImageFeatures, np.ndarray] | None = None

    def column(self, index: int) -> np.ndarray:
        """Return one feature.

        Returns
        -------
        ndarray of shape (n_rows,), float64
            As the table has it; else computed, NaN where an image cannot be read; all NaN, with a warning, where the
            table has no column of images.

        Raises
        ------
        DomainTransformationError
            It cannot be computed; the message says why.
        """
        if index in self._there:
            return self.table.get_column(self._there[index])
        if self._computed is None:
            self._computed = self._compute()
        features, rows = self._computed
        return features.column(rows, index)

    def problem(self) -> str:
        """Return why the first image without features has none; "" where all have, or the table has them."""
        column = self.embedding.image_column(self.table.domain)
        if self._there or column is None:
            return ""
        features, rows = self._compute()
        names = image_names(self.table, column)
        unread = [name for name, row in zip(names, rows.tolist(), strict=True) if row < 0]
        if not unread:
            return ""
        reason = f"{unread[0]}: {features.reasons[unread[0]]}" if unread[0] else "no image is named"
        return f"{len(unread)} of {len(names)} images cannot be read: {reason}"

    def _compute(self) -> tuple[ImageFeatures, np.ndarray]:
        column = self.embedding.image_column(self.table.domain)
        if column is None:
            self._warn_of_missing()
            return ImageFeatures(), np.full(len(self.table), -1)
        return self.embedding.compute(self.table, column)

    def _warn_of_missing(self) -> None:
        if len(self.table):
            wanted = f"column {self.embedding.column!r}" if self.embedding.column else "one column marked type=image"
            warnings.warn(f"features are missing: the table has no {wanted} that names images", stacklevel=2)
