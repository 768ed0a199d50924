"""Embed the images that an Orange table names, and make Orange tables of features."""

from dataclasses import replace

import scipy.sparse as sp
from Orange.data import Domain, Table, Variable

from ..embedding import known_embedders
from ..embedding.embedder import Embedder
from ..embedding.fingerprint import feature_prefix
from ..errors import SettingError
from ..records import Callback, Embeddings
from .computed_features import feature_of
from .feature_columns import class_column, feature_variables
from .image_columns import TableSource, find_image_column, image_names, is_only_image_column, skipped_rows
from .meta_columns import meta_columns


def embed_table(
    table: Table,
    embedder: Embedder,
    column: Variable | str | None = None,
    callback: Callback | None = None,
    *,
    has_prefix: bool = False,
) -> tuple[Table | None, Table | None]:
    """Embed the images that a table names.

    Parameters
    ----------
    table : Orange.data.Table
        A table with a text or categorical meta column of paths or URLs, for example from Load Images.
    embedder : Embedder
    column : Variable or str, optional
        The image column; by default the first of `image_columns`.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.
    has_prefix : bool
        Names of features begin with the network, its layer and its pooling unless they are the usual ones, for example
        ``SqueezeNet n0``: tables of several networks can be merged without features of the same name.

    Returns
    -------
    embeddings : Orange.data.Table or None
        The rows whose images were read, with their metas, class, ids, name and type of table, and the features
        ``n0``, ``n1``, ... after the attributes (float64; ``n0 (1)``, ... if those names are taken), marked hidden and
        with the embedder's fingerprint. In other tables of images, they are computed when a model needs them. None if
        no image was read.
    skipped : Orange.data.Table or None
        The other rows, with a meta ``reason``. None if there are none.

    Raises
    ------
    SourceError
        The table has no such column, or no column that may name images.
    UnknownBackboneError, SettingError, WeightsError
        The embedder cannot load its network.
    """
    column = find_image_column(table.domain, column)
    _check_vectors(embedder.feature_shape)
    embeddings = embedder.embed(TableSource(table, column), callback)
    known_embedders.KNOWN_EMBEDDERS.remember(embedder)
    return (
        _with_features(table, column, embeddings, has_prefix) if embeddings.keys else None,
        skipped_rows(table, embeddings.skipped) if embeddings.skipped else None,
    )


def _check_vectors(shape: tuple[int | None, ...]) -> None:
    if len(shape) != 1:
        sides = " x ".join("?" if side is None else str(side) for side in shape)
        raise SettingError(f"A table needs one vector per image, not a map of {sides}: pool by avg, max or flatten.")


def _with_features(table: Table, column: Variable, embeddings: Embeddings, has_prefix: bool) -> Table:
    is_only = is_only_image_column(table.domain, column)
    variables = feature_variables(
        table.domain,
        embeddings.feature_names,
        embeddings.fingerprint,
        embeddings.weights,
        column.name,
        is_only,
        prefix=feature_prefix(embeddings.fingerprint) if has_prefix else "",
    )
    domain = Domain(table.domain.attributes + tuple(variables), table.domain.class_vars, table.domain.metas)
    rows = table[[int(key) for key in embeddings.keys]]
    by_name = replace(embeddings, keys=image_names(rows, column), skipped=[])
    feature_of(variables[0]).embedding.remember(rows, column, by_name)
    # With `transform`, subclasses of Table (a Corpus) keep their type.
    embedded = rows.transform(domain)
    return embedded.to_dense() if sp.issparse(embedded.X) else embedded


def to_table(embeddings: Embeddings, label_name: str | None = "Class", target: bool = False) -> Table:
    """Make an Orange table of features.

    Parameters
    ----------
    embeddings : Embeddings
    label_name : str or None
        Name of the class variable; there is none if this or all labels are None. Features and metas with the same name
        get other names.
    target : bool
        Whether labels are numbers to predict (a continuous class variable), as in `Source.is_target`.

    Returns
    -------
    Orange.data.Table
        Features ``n0``, ``n1``, ... (`Embeddings.feature_names`), marked hidden and with the fingerprint; the class,
        with the sorted labels as values (numbers are classes, too, unless they are targets); the meta ``key``, which
        names the image, and the other metas, numeric if they are numbers.

    Raises
    ------
    SourceError
        A label is not a number, although labels are numbers to predict.
    """
    _check_vectors(embeddings.features.shape[1:])
    variable, column = None, None
    if label_name is not None and any(label is not None for label in embeddings.labels):
        variable, column = class_column(label_name, embeddings.labels, target)
    taken = Domain([], variable)
    variables = feature_variables(taken, embeddings.feature_names, embeddings.fingerprint, embeddings.weights)
    metas, values = meta_columns(embeddings, Domain(variables, variable))
    return Table.from_numpy(Domain(variables, variable, metas), embeddings.features, column, values)
