"""Read files of features as Orange tables, and write tables to them."""

import os
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from Orange.data import ContinuousVariable, Domain, StringVariable, Table, Variable

from ..errors import SinkError
from ..features.opening import open_features
from ..features.saved_features import SavedFeatures, plain_names, row_blocks
from ..records import Label
from .computed_features import feature_of, split_name
from .feature_attributes import FINGERPRINT, feature_attributes, fingerprint_of
from .feature_columns import class_column, feature_variables
from .meta_columns import meta_columns


def load_features(path: str | os.PathLike) -> Table:
    """Read a file of features as an Orange table.

    Parameters
    ----------
    path : path
        Path as for `open_features`: ``.h5``, ``.npz``, ``.parquet``, ``.csv``, an NPY pair or a folder. The features
        are read directly into the float64 matrix of the table.

    Returns
    -------
    Orange.data.Table
        A table as from `to_table`, with features, class or target, the meta ``key`` and the other columns, and the name
        of the file. A table that Orange saved has the same names and attributes again.

    Raises
    ------
    SourceError
        As for `open_features`.
    """
    table = _table(open_features(path))
    table.name = Path(path).stem
    return table


def _table(saved: SavedFeatures) -> Table:
    embeddings = saved.to_embeddings(np.float64)
    variable, column = None, None
    if saved.label_name is not None:
        variable, column = class_column(saved.label_name, embeddings.labels, saved.is_target, saved.classes)
    variables = _variables(saved, Domain([], variable))
    metas, values = meta_columns(embeddings, Domain(variables, variable))
    if not saved.keys:
        metas, values = metas[1:], values[:, 1:]
    domain = Domain(variables, variable, metas)
    for each in (*domain.variables, *domain.metas):
        if each.name in saved.attributes:
            each.attributes = dict(saved.attributes[each.name])
    return Table.from_numpy(domain, embeddings.features, column, values)


def _variables(saved: SavedFeatures, taken: Domain) -> list[ContinuousVariable]:
    names = saved.feature_names
    prints = [saved.attributes.get(name, {FINGERPRINT: saved.fingerprint}).get(FINGERPRINT, "") for name in names]
    origins = [saved.origins.get(name, (saved.weights, saved.image_column)) for name in names]
    weights, columns = zip(*origins, strict=True) if names else ("", "")
    n_images = sum(str(each.get("type")).lower() == "image" for each in saved.attributes.values())
    named = (*saved.columns, *saved.metas)
    return feature_variables(taken, names, prints, weights, columns, n_images < 2, columns=named)


def to_saved(table: Table) -> SavedFeatures:
    """Convert an Orange table to features that a file can hold.

    Parameters
    ----------
    table : Orange.data.Table
        A table whose attributes are numbers, which become float32, with at most one class. A text meta ``key`` names
        the images. Other categorical and time metas become text.

    Raises
    ------
    SinkError
        The table has data that a file of features cannot hold.
    """
    _check_table(table)
    domain = table.domain
    names = [variable.name for variable in domain.attributes]
    fingerprint = _only({fingerprint_of(variable) for variable in domain.attributes})
    keys = _keys(table)
    metas = {v.name: _values(table, v) for v in domain.metas if not (keys and v.name == "key")}
    origins = {v.name: _origin(v) for v in domain.attributes if feature_of(v)}
    weights, columns = (_only(set(every)) for every in zip(*origins.values(), strict=True)) if origins else ("", "")
    usual, target = feature_attributes(fingerprint, weights), domain.class_var
    return SavedFeatures(
        table.X.shape,
        lambda: (table.X[rows].astype(np.float32) for rows in row_blocks(table.X.shape)),
        keys,
        [] if target is None else _values(table, target),
        None if target is None else target.name,
        target is not None and target.is_continuous,
        target.values if target is not None and target.is_discrete else (),
        metas,
        names=[] if names == plain_names(len(names), ()) else names,
        fingerprint=fingerprint,
        weights=weights,
        image_column=columns,
        origins={} if len(set(origins.values())) < 2 else origins,
        attributes={v.name: v.attributes for v in domain.attributes if v.attributes != usual}
        | {v.name: v.attributes for v in (*domain.class_vars, *domain.metas) if v.attributes},
    )


def _origin(feature: Variable) -> tuple[str, str]:
    """Return the name of the weights and the image column; "" for a column that is in the name of the feature."""
    embedding = feature_of(feature).embedding
    split = split_name(feature.name)
    return embedding.weights, "" if split and split[0] == embedding.column else embedding.column


def _only(texts: set[str]) -> str:
    return texts.pop() if len(texts) == 1 else ""


def _check_table(table: Table) -> None:
    for variable in (*table.domain.attributes, *table.domain.class_vars):
        if variable.is_time or not (variable.is_continuous or variable in table.domain.class_vars):
            kind = "time" if variable.is_time else "category"
            raise SinkError(
                f"A file of features holds numbers, not the {kind} {variable.name}: make it numeric (Continuize), or "
                "save the table in another format."
            )
    if len(table.domain.class_vars) > 1 or table.has_weights():
        raise SinkError(
            "A file of features holds one class at most, and no weights of rows: choose columns (Select Columns), or "
            "save the table in another format."
        )
    if sp.issparse(table.X):
        raise SinkError("A file of features holds no sparse data: save the table in another format, such as pickle.")
    if any(np.any(np.abs(table.X[rows]) > np.finfo(np.float32).max) for rows in row_blocks(table.X.shape)):
        raise SinkError(
            "A number in the table is too large for float32: scale it, or save the table in another format."
        )


def _keys(table: Table) -> list[str]:
    """Return the values of a text meta ``key``, if no value is missing."""
    if "key" not in table.domain or not isinstance(table.domain["key"], StringVariable):
        return []
    keys = _values(table, table.domain["key"])
    return [] if None in keys else keys


def _values(table: Table, variable: Variable) -> list[Label]:
    values = table.get_column(variable)
    if variable.is_continuous and not variable.is_time:
        return [None if np.isnan(value) else float(value) for value in values]
    texts = [variable.str_val(value) for value in values]
    return [None if text in ("?", "") else text for text in texts]
