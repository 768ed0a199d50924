"""Make attributes and the class variable of an Orange table from features and labels."""

from collections.abc import Sequence

import numpy as np
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, Variable
from Orange.data.util import get_unique_names

from ..errors import SourceError
from ..features.saved_features import sorted_labels
from ..records import Label
from ..sources.labels import label_text
from .computed_features import EmbeddingFeature, ImageEmbedding, split_name
from .meta_columns import numeric_variable


def feature_variables(
    domain: Domain,
    names: Sequence[str],
    fingerprint: str | Sequence[str] = "",
    weights: str | Sequence[str] = "",
    column: str | Sequence[str] = "",
    is_only_column: bool = True,
) -> list[ContinuousVariable]:
    """Make variables of features, marked hidden; where they are known, they compute themselves on new images.

    Parameters
    ----------
    domain : Orange.data.Domain
        Where a name is taken in it, all get others.
    names : sequence of str
        As `Embeddings.feature_names`, or some of these, such as a file has them.
    fingerprint : str or sequence of str
        Of all, or of each; "" where nobody said.
    weights, column : str or sequence of str
        As `ImageEmbedding` has them, of all or of each; a feature that is named after its column, as with several,
        is of that one.
    is_only_column : bool
        As `ImageEmbedding` has it.
    """
    each = ([given] * len(names) if isinstance(given, str) else given for given in (fingerprint, weights, column))
    embeddings: dict[tuple[str, ...], ImageEmbedding] = {}
    variables = []
    for name, free, known, *origin in zip(names, get_unique_names(domain, list(names)), *each, strict=True):
        split = split_name(name)
        compute = None
        if known and split:
            place, named = origin[0], split[0] or origin[1]
            own = ImageEmbedding(known, place, named, is_only_column and not split[0])
            compute = EmbeddingFeature(embeddings.setdefault((known, place, named), own), split[1])
        variable = ContinuousVariable(free, compute_value=compute)
        variable.attributes = {"hidden": True} | ({"fingerprint": known} if known else {})
        variables.append(variable)
    return variables


def class_column(
    name: str, labels: Sequence[Label], is_target: bool, classes: Sequence[Label] = ()
) -> tuple[Variable, np.ndarray]:
    """Make the class of a table.

    Parameters
    ----------
    name : str
    labels : sequence of Label
    is_target : bool
        Whether they are numbers to predict.
    classes : sequence of Label
        The labels there may be, in order; by default those that there are, sorted.

    Returns
    -------
    variable : DiscreteVariable or ContinuousVariable
    values : ndarray of shape (n_images,), float64

    Raises
    ------
    SourceError
        A target is no number.
    """
    if is_target:
        return _target(name, labels)
    class_indices = {
        text: index for index, text in enumerate(dict.fromkeys(map(label_text, classes or sorted_labels(labels))))
    }
    column = [np.nan if label is None else class_indices[label_text(label)] for label in labels]
    return DiscreteVariable(name, tuple(class_indices)), np.array(column)


def _target(name: str, labels: Sequence[Label]) -> tuple[ContinuousVariable, np.ndarray]:
    for label in labels:
        if isinstance(label, str):
            raise SourceError(f"Expected numbers to predict in {name}, found {label!r}: make it a class (target=False)")
    known = [label for label in labels if label is not None]
    return numeric_variable(name, known), np.array(labels, float)
