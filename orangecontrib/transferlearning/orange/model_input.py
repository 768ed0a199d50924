"""Makes sure that a table has what a model of features takes, or says what it lacks."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from Orange.data import Domain, Table, Variable
from Orange.data.table import DomainTransformationError
from Orange.preprocess.preprocess import Preprocess

from .computed_features import ImageEmbedding, TableFeatures, feature_of, features_there
from .image_columns import image_columns


def fit_table(table: Table, wanted: Domain, fingerprint: str) -> Table:
    """Return a table that a model's features can be taken or computed from.

    Parameters
    ----------
    table : Orange.data.Table
    wanted : Orange.data.Domain
        That the model was trained on.
    fingerprint : str
        Of its features; "" if nobody said.

    Returns
    -------
    Orange.data.Table
        Itself; or, where it has features of the right names that nobody said of what network they are, one in which
        they are the model's.

    Raises
    ------
    DomainTransformationError
        It has neither the features nor images to compute them of.
    """
    lacking = [variable for variable in wanted.attributes if variable not in table.domain]
    lacking = [variable for variable in lacking if not _is_to_be_had(variable, table.domain)]
    adopted = {}
    for variable in lacking:
        if variable.name in table.domain:
            found = table.domain[variable.name].attributes.get("fingerprint", "")
            if found and fingerprint and found != fingerprint:
                raise DomainTransformationError(
                    f"the model is for other features: expected {fingerprint}, found {found}"
                )
            adopted[variable.name] = variable
        elif feature_of(variable):
            raise DomainTransformationError(_lacks_images(feature_of(variable).embedding, table.domain))
    return _with(table, adopted) if adopted else table


def _is_to_be_had(variable: Variable, domain: Domain) -> bool:
    feature = feature_of(variable)
    if feature is None:
        # Orange computes it, of features or of something else.
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
    """Refuse rows that have no features, of which nothing can be told.

    Parameters
    ----------
    converted : Orange.data.Table
        What the model is about to predict.
    table : Orange.data.Table
        What it was made of.
    wanted : Orange.data.Domain
        That the model was trained on.

    Raises
    ------
    DomainTransformationError
        There is no number in any row, or an image could not be read; the message says which, and why.
    """
    if sp.issparse(converted.X):
        return  # It was so before: features that are computed are not sparse.
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

    Learners that take it compare networks on one table: each reads the features of its own.

    Parameters
    ----------
    features : sequence of Variable
        Of an embedding, as `embed_table` appends them.
    """

    def __init__(self, features: Sequence[Variable]) -> None:
        self.features = tuple(features)

    def __call__(self, table: Table) -> Table:
        """Return the table with these features, computed where it has images only; class and metas stay.

        Raises
        ------
        DomainTransformationError
            It has neither the features nor images, or the features cannot be computed.
        """
        wanted = Domain(self.features, table.domain.class_vars, table.domain.metas)
        fingerprint = next((feature.attributes.get("fingerprint", "") for feature in self.features), "")
        return fit_table(table, wanted, fingerprint).transform(wanted)
