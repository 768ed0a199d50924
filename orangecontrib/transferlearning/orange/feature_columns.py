"""Make attributes and the class variable of an Orange table from features and labels."""

from collections.abc import Collection, Sequence

import numpy as np
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, Variable
from Orange.data.util import get_unique_names

from ..errors import SourceError
from ..features.saved_features import sorted_labels
from ..records import Label
from ..sources.keys import shortened
from ..sources.labels import label_text, target_number
from .computed_features import EmbeddingFeature, ImageEmbedding, split_name
from .feature_attributes import feature_attributes
from .meta_columns import numeric_variable


def feature_variables(
    domain: Domain,
    names: Sequence[str],
    fingerprint: str | Sequence[str] = "",
    weights: str | Sequence[str] = "",
    column: str | Sequence[str] = "",
    is_only_column: bool = True,
    *,
    prefix: str = "",
    columns: Collection[str] = (),
) -> list[ContinuousVariable]:
    """Make hidden variables of features; if the fingerprint is known, they can be computed for new images.

    Parameters
    ----------
    domain : Orange.data.Domain
        A domain that has the variables of the table; if it has one of the names, all features get other names.
    names : sequence of str
        Names of the features, as in `Embeddings.feature_names`.
    fingerprint : str or sequence of str
        Fingerprint of all features, or of each; "" if it is unknown.
    weights, column : str or sequence of str
        As in `ImageEmbedding`, of all features or of each. Without a column, it is the one that the name begins with.
    is_only_column : bool
        As in `ImageEmbedding`.
    prefix : str
        What the names of the variables begin with, before the names of the features.
    columns : collection of str
        Columns that names may begin with even if they are called like a network.
    """
    shown = [f"{prefix} {name}" if prefix else name for name in names]
    each = ([given] * len(names) if isinstance(given, str) else given for given in (fingerprint, weights, column))
    embeddings: dict[tuple[str, ...], ImageEmbedding] = {}
    variables = []
    for name, free, known, *origin in zip(names, get_unique_names(domain, shown), *each, strict=True):
        split = split_name(name, known, columns)
        compute = None
        if known and split:
            place, named = origin[0], origin[1] or split[0]
            own = ImageEmbedding(known, place, named, is_only_column and (bool(origin[1]) or not split[0]))
            compute = EmbeddingFeature(embeddings.setdefault((known, place, named), own), split[1])
        variable = ContinuousVariable(free, compute_value=compute)
        variable.attributes = feature_attributes(known, origin[0])
        variables.append(variable)
    return variables


def class_column(
    name: str, labels: Sequence[Label], is_target: bool, classes: Sequence[Label] = ()
) -> tuple[Variable, np.ndarray]:
    """Make the class variable of a table, and its values.

    Parameters
    ----------
    name : str
    labels : sequence of Label
    is_target : bool
        Whether labels are numbers to predict.
    classes : sequence of Label
        All possible labels, in order; by default the sorted labels.

    Returns
    -------
    variable : DiscreteVariable or ContinuousVariable
    values : ndarray of shape (n_images,), float64

    Raises
    ------
    SourceError
        A label is not a number, although labels are numbers to predict.
    """
    if is_target:
        return _target(name, labels)
    class_indices = {
        text: index for index, text in enumerate(dict.fromkeys(map(label_text, classes or sorted_labels(labels))))
    }
    column = [np.nan if label is None else class_indices[label_text(label)] for label in labels]
    return DiscreteVariable(name, tuple(class_indices)), np.array(column)


def _target(name: str, labels: Sequence[Label]) -> tuple[ContinuousVariable, np.ndarray]:
    # Numbers such as "0.50" are read as text from a column of labels, as they may be classes.
    numbers = [None if label is None else target_number(label) for label in labels]
    for label, number in zip(labels, numbers, strict=True):
        if label is not None and number is None:
            found = shortened(repr(label))
            raise SourceError(
                f"Expected numbers to predict in {shortened(name)}, found {found}: make it a class (target=False)"
            )
    known = [number for number in numbers if number is not None]
    return numeric_variable(name, known), np.array(numbers, float)
