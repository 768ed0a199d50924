"""Orange tables: images named in a column become features, features become a table."""

import scipy.sparse as sp
from Orange.data import Domain, Table, Variable

from ..embedding import known_embedders as knownembedders
from ..embedding.embedder import Embedder
from ..errors import SettingError
from ..records import Callback, Embeddings, concatenate
from .computed_features import feature_of
from .feature_columns import class_column, feature_variables
from .features_by_name import ImageFeatures
from .features_file import load_features  # noqa: F401 - one more way to make a table
from .image_columns import TableSource, find_image_column, image_names, is_only_image_column, skipped_rows
from .meta_columns import meta_columns


def embed_table(
    table: Table, embedder: Embedder, column: Variable | str | None = None, callback: Callback | None = None
) -> tuple[Table | None, Table | None]:
    """Embed the images that a table names.

    Parameters
    ----------
    table : Orange.data.Table
        With a text or categorical meta column of paths or URLs, such as Orange's Import Images gives.
    embedder : Embedder
    column : Variable or str, optional
        The column of images; by default the first of `image_columns`.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    embeddings : Orange.data.Table or None
        The rows whose images were read, with their metas, class, ids, name and type of table, and the features
        ``n0``, ``n1``, ... after the attributes (float64; ``n0 (1)``, ... where those names are taken), marked hidden
        and with the embedder's fingerprint. They compute themselves in other tables of images, as a model asks for
        them. None where no image was read.
    skipped : orange.data.Table or None
        The other rows, with a meta ``reason``. None where there are none.

    Raises
    ------
    SourceError
        The table has no such column, or none that could name images.
    UnknownBackboneError, SettingError, WeightsError
        From the embedder, when it loads its network.
    """
    column = find_image_column(table.domain, column)
    _check_vectors(embedder.feature_shape)
    embeddings = concatenate(list(embedder.stream(TableSource(table, column), callback)), embedder.n_features)
    knownembedders.KNOWN_EMBEDDERS.remember(embedder)
    return (
        _with_features(table, column, embeddings) if embeddings.keys else None,
        skipped_rows(table, embeddings.skipped) if embeddings.skipped else None,
    )


def _check_vectors(shape: tuple[int | None, ...]) -> None:
    if len(shape) != 1:
        sides = " x ".join("?" if side is None else str(side) for side in shape)
        raise SettingError(f"A table has a number a column, and no maps of {sides}: pool by avg, max or flatten.")


def _with_features(table: Table, column: Variable, embeddings: Embeddings) -> Table:
    is_only = is_only_image_column(table.domain, column)
    variables = feature_variables(
        table.domain, embeddings.feature_names, embeddings.fingerprint, embeddings.weights, column.name, is_only
    )
    domain = Domain(table.domain.attributes + tuple(variables), table.domain.class_vars, table.domain.metas)
    rows = table[[int(key) for key in embeddings.keys]]
    named = dict(zip(image_names(rows, column), range(len(rows)), strict=True))
    feature_of(variables[0]).embedding.remember(rows, column, ImageFeatures({"": -1} | named, embeddings.features))
    # Through `transform`, so that subclasses of Table (a Corpus) stay what they are.
    embedded = rows.transform(domain)
    return embedded.to_dense() if sp.issparse(embedded.X) else embedded


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
        names the image, and the embeddings' metas, numeric where they are numbers.

    Raises
    ------
    SourceError
        A target is no number.
    """
    _check_vectors(embeddings.features.shape[1:])
    variable, column = None, None
    if label_name is not None and any(label is not None for label in embeddings.labels):
        variable, column = class_column(label_name, embeddings.labels, target)
    taken = Domain([], variable)
    variables = feature_variables(taken, embeddings.feature_names, embeddings.fingerprint, embeddings.weights)
    metas, values = meta_columns(embeddings, Domain(variables, variable))
    return Table.from_numpy(Domain(variables, variable, metas), embeddings.features, column, values)
