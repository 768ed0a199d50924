"""Orange tables: pictures named in a column become features, features become a table."""

import os
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

import numpy as np
import scipy.sparse as sp
from Orange.data import DiscreteVariable, Domain, StringVariable, Table, Variable

from .embedder import Embedder, concatenate
from .errors import SettingError, SourceError
from .featurecolumns import class_column, feature_variables
from .items import Callback, Embeddings, ImageItem, Skipped
from .locations import is_address
from .metacolumns import meta_columns, with_reasons
from .savedtable import load_features  # noqa: F401 - one more way to make a table


def embed_table(
    table: Table, embedder: Embedder, column: Variable | str | None = None, callback: Callback | None = None
) -> tuple[Table | None, Table | None]:
    """Embed the pictures that a table names.

    Parameters
    ----------
    table : Orange.data.Table
        With a text or categorical meta column of paths or URLs, such as Orange's Import Images gives.
    embedder : Embedder
    column : Variable or str, optional
        The column of pictures; by default the first of `image_columns`.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    embeddings : Orange.data.Table or None
        The rows whose pictures were read, with their metas, class, ids, name and type of table, and the features
        ``n0``, ``n1``, ... after the attributes (float64; ``n0 (1)``, ... where those names are taken), marked hidden
        and with the embedder's fingerprint. None where no picture was read.
    skipped : orange.data.Table or None
        The other rows, with a meta ``reason``. None where there are none.

    Raises
    ------
    SourceError
        The table has no such column, or none that could name pictures.
    UnknownBackboneError, SettingError, WeightsError
        From the embedder, when it loads its network.
    """
    source = TableSource(table, find_image_column(table.domain, column))
    _refuse_maps(embedder.feature_shape)
    embeddings = concatenate(list(embedder.stream(source, callback)), embedder.n_features)
    return (
        _with_features(table, embeddings, embedder.fingerprint) if embeddings.keys else None,
        skipped_rows(table, embeddings.skipped) if embeddings.skipped else None,
    )


def _refuse_maps(shape: tuple[int | None, ...]) -> None:
    if len(shape) != 1:
        sides = " x ".join("?" if side is None else str(side) for side in shape)
        raise SettingError(f"A table has a number a column, and no maps of {sides}: pool by avg, max or flatten.")


def image_columns(domain: Domain) -> list[Variable]:
    """List the columns that may name pictures: text and categorical metas, those marked ``type=image`` first."""
    texts = [v for v in domain.metas if isinstance(v, StringVariable)]
    categories = [v for v in domain.metas if isinstance(v, DiscreteVariable)]
    return sorted(texts + categories, key=lambda v: not is_marked_image(v))


def is_marked_image(variable: Variable) -> bool:
    """Whether a column says that it names pictures (``type=image``)."""
    return str(variable.attributes.get("type", "")).lower() == "image"


def find_image_column(domain: Domain, column: Variable | str | None = None) -> Variable:
    """Find the column of pictures.

    Raises
    ------
    SourceError
        There is no such column, or none that could name pictures.
    """
    candidates = image_columns(domain)
    if column is None and candidates:
        return candidates[0]
    if column is not None and column in domain and domain[column] in candidates:
        return domain[column]
    wanted = f"column {column}" if column is not None else "text column"
    names = ", ".join(v.name for v in candidates) or "none"
    raise SourceError(f"The table has no {wanted} that could name pictures (it has: {names}).")


class TableSource:
    """The pictures that a column of a table names; keys are row numbers.

    Parameters
    ----------
    table : Orange.data.Table
    column : Variable
        One of `image_columns`; relative names start from its attribute ``origin``.
    """

    label_name = None
    is_target = False
    meta_names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __init__(self, table: Table, column: Variable):
        self.table = table
        self.column = column

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[ImageItem]:
        origin = self.column.attributes.get("origin", "")
        for row, value in enumerate(self.table.get_column(self.column)):
            name = "" if self.column.is_primitive() and np.isnan(value) else self.column.str_val(value)
            yield ImageItem(str(row), _resolve("" if name == "?" else name, origin))


def _resolve(name: str, origin: str) -> str:
    """Join a picture's name to where its table came from; whole paths and URLs stay as they are."""
    if not name or not origin or is_address(name):
        return name
    if not is_address(origin):
        return os.path.join(origin, name)
    try:
        # "IMG:1.jpg" is a name, which `urljoin` would take for an address of the kind "IMG:".
        return urljoin(origin.rstrip("/") + "/", name if name.startswith("/") else f"./{name}")
    except ValueError:
        return f"{origin.partition(':')[0]}:{name}"  # No address either: whoever reads it says why.


def _with_features(table: Table, embeddings: Embeddings, fingerprint: str) -> Table:
    variables = feature_variables(table.domain, embeddings.feature_names, fingerprint)
    domain = Domain(table.domain.attributes + tuple(variables), table.domain.class_vars, table.domain.metas)
    # Through `transform`, so that subclasses of Table (a Corpus) stay what they are.
    embedded = table[[int(key) for key in embeddings.keys]].transform(domain)
    if sp.issparse(embedded.X):
        embedded = embedded.to_dense()
    with embedded.unlocked(embedded.X):
        embedded.X[:, -len(variables) :] = embeddings.features
    return embedded


def skipped_rows(table: Table, skipped: Sequence[Skipped]) -> Table:
    """Give the rows that a `TableSource` named and that were skipped, with a meta ``reason``."""
    return with_reasons(table[[int(each.key) for each in skipped]], [each.reason for each in skipped])


def to_table(embeddings: Embeddings, label_name: str | None = "Class", target: bool = False) -> Table:
    """Make an Orange table of features.

    Parameters
    ----------
    embeddings : Embeddings
    label_name : str or None
        Name of the class variable; None, or labels that are all None, give no class. Features and metas get other
        names where it is theirs.
    target : bool
        Whether labels are numbers to predict (a continuous class variable), as a source's `is_target` says.

    Returns
    -------
    Orange.data.Table
        Features ``n0``, ``n1``, ... (`Embeddings.feature_names`), marked hidden and with the fingerprint; the class,
        with the sorted labels as values (numbers, too, are classes unless they are targets); the meta ``key``, which
        names the picture, and the embeddings' metas, numeric where they are numbers.

    Raises
    ------
    SourceError
        A target is no number.
    """
    _refuse_maps(embeddings.features.shape[1:])
    variable, column = None, None
    if label_name is not None and any(label is not None for label in embeddings.labels):
        variable, column = class_column(label_name, embeddings.labels, target)
    variables = feature_variables(Domain([], variable), embeddings.feature_names, embeddings.fingerprint)
    metas, values = meta_columns(embeddings, Domain(variables, variable))
    return Table.from_numpy(Domain(variables, variable, metas), embeddings.features, column, values)
