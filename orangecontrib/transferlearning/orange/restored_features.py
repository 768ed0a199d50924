"""Restore features from a file that keeps the attributes of variables, but not the objects that compute them."""

from Orange.data import Domain, Table, Variable

from .computed_features import split_name
from .feature_attributes import WEIGHTS, fingerprint_of
from .feature_columns import feature_variables
from .image_columns import is_marked_image


def restore_features(table: Table) -> Table:
    """Return a table whose features can be computed for new images, as before they were saved.

    Features are recognized by their attribute `FINGERPRINT` and their names. Without them, a model of the table would
    predict new images from missing values.

    Parameters
    ----------
    table : Orange.data.Table
        A table from a file, for example a ``.tab`` file.
    """
    domain = table.domain
    found = [variable for variable in (*domain.attributes, *domain.metas) if _is_lost(variable)]
    if not found:
        return table
    images = [variable.name for variable in domain.metas if is_marked_image(variable)]
    columns = {variable.name for variable in domain.metas}
    own = [split_name(variable.name, fingerprint_of(variable), columns)[0] for variable in found]
    made = feature_variables(
        Domain([]),
        [variable.name for variable in found],
        [fingerprint_of(variable) for variable in found],
        [variable.attributes.get(WEIGHTS, "") for variable in found],
        [images[0] if len(images) == 1 and not column else "" for column in own],
        len(images) < 2,
        columns=columns,
    )
    restored = {old: old.copy(compute_value=new.compute_value) for old, new in zip(found, made, strict=True)}
    attributes, metas = ([restored.get(each, each) for each in part] for part in (domain.attributes, domain.metas))
    new = Table.from_numpy(
        Domain(attributes, domain.class_vars, metas),
        table.X,
        table.Y,
        table.metas,
        table.W,
        attributes=table.attributes,
        ids=table.ids,
    )
    new.name = table.name
    return new


def _is_lost(variable: Variable) -> bool:
    fingerprint = fingerprint_of(variable)
    is_feature = variable.is_continuous and fingerprint and split_name(variable.name, fingerprint)
    return bool(is_feature) and variable.compute_value is None
