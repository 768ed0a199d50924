"""Check that a table has the features or the images for a model, and prepare it."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from Orange.data import Domain, Table, Variable
from Orange.data.table import DomainTransformationError
from Orange.preprocess.preprocess import Preprocess

from .computed_features import ImageEmbedding, TableFeatures, feature_of, features_there
from .feature_attributes import fingerprint_of
from .image_columns import image_columns


def fit_table(table: Table, wanted: Domain, fingerprint: str) -> Table:
    """Return a table from which the features of a model can be taken or computed.

    Parameters
    ----------
    table : Orange.data.Table
    wanted : Orange.data.Domain
        Domain that the model was trained on.
    fingerprint : str
        Fingerprint of its features; "" if it is unknown.

    Returns
    -------
    Orange.data.Table
        The same table; or, if it has features with the right names and no fingerprint, a table in which they are the
        model's features.

    Raises
    ------
    DomainTransformationError
        The table has neither the features nor images to compute them from.
    """
    lacking = [variable for variable in wanted.attributes if variable not in table.domain]
    lacking = [variable for variable in lacking if not _is_available(variable, table.domain)]
    adopted = {}
    for variable in lacking:
        if variable.name in table.domain:
            found = fingerprint_of(table.domain[variable.name])
            if found and fingerprint and found != fingerprint:
                raise DomainTransformationError(
                    f"the model is for other features: expected {fingerprint}, found {found}"
                )
            adopted[variable.name] = variable
        elif feature_of(variable):
            raise DomainTransformationError(_lacks_images(feature_of(variable).embedding, table.domain))
    return _with(table, adopted) if adopted else table


def _is_available(variable: Variable, domain: Domain) -> bool:
    feature = feature_of(variable)
    if feature is None:
        # Orange computes it, from features or other columns.
        return variable.compute_value is not None
    return feature.index in features_there(domain, feature.embedding) or bool(feature.embedding.image_column(domain))


def _with(table: Table, adopted: dict[str, Variable]) -> Table:
    attributes = [adopted.get(variable.name, variable) for variable in table.domain.attributes]
    domain = Domain(attributes, table.domain.class_vars, table.domain.metas)
    return Table.from_numpy(domain, table.X, table.Y, table.metas, table.W, ids=table.ids)


def _lacks_images(embedding: ImageEmbedding, domain: Domain) -> str:
    names = ", ".join(column.name for column in image_columns(domain)) or "none"
    wanted = f"a meta column of images called {embedding.column}" if embedding.column else ""
    marked = "one meta column marked as images (type=image)" if embedding.is_only_column else ""
    expected = ", or ".join(filter(None, (wanted, marked)))
    return f"the table has neither the model's features nor images: expected {expected}; text columns are: {names}"


def check_complete(converted: Table, table: Table, wanted: Domain) -> None:
    """Check that rows have features, as a model cannot predict others.

    Parameters
    ----------
    converted : Orange.data.Table
        The table in the domain of the model.
    table : Orange.data.Table
        The table before the conversion.
    wanted : Orange.data.Domain
        Domain that the model was trained on.

    Raises
    ------
    DomainTransformationError
        No row has features, or an image could not be read; the message names it and says why.
    """
    if sp.issparse(converted.X):
        return  # computed features are never sparse
    missing = np.isnan(converted.X).all(axis=1)
    if not missing.any():
        return
    embeddings = {feature.embedding for feature in map(feature_of, wanted.attributes) if feature}
    problem = next(filter(None, (TableFeatures(each, table).problem() for each in embeddings)), "")
    if problem:
        raise DomainTransformationError(f"{problem}. Leave such rows out")
    if missing.all():
        raise DomainTransformationError("the table has none of the model's features")


class FeaturePreprocessor(Preprocess):
    """Replaces the attributes of a table by the features of its images.

    With it, learners on one table can have features of different networks, to compare them.

    Parameters
    ----------
    features : sequence of Variable
        Features of an embedding, from `embed_table`.
    """

    def __init__(self, features: Sequence[Variable]) -> None:
        self.features = tuple(features)

    def __call__(self, table: Table) -> Table:
        """Return the table with these features, which are computed if necessary; class and metas stay.

        Raises
        ------
        DomainTransformationError
            The table has neither the features nor images, or the features cannot be computed.
        """
        wanted = Domain(self.features, table.domain.class_vars, table.domain.metas)
        fingerprint = next((fingerprint_of(feature) for feature in self.features), "")
        return fit_table(table, wanted, fingerprint).transform(wanted)
