"""Features and labels -> attributes and class of an Orange table."""

from collections.abc import Sequence

import numpy as np
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, Variable
from Orange.data.util import get_unique_names

from .errors import SourceError
from .items import Label
from .labels import label_text
from .metacolumns import numeric_variable
from .saved import sorted_labels


def feature_variables(domain: Domain, names: Sequence[str], fingerprint: str = "") -> list[ContinuousVariable]:
    """Make variables of `Embeddings.feature_names`, renamed together where one is taken in a domain; marked hidden."""
    variables = [ContinuousVariable(name) for name in get_unique_names(domain, list(names))]
    for variable in variables:
        variable.attributes["hidden"] = True
        if fingerprint:
            variable.attributes["fingerprint"] = fingerprint
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
    places = {
        text: place for place, text in enumerate(dict.fromkeys(map(label_text, classes or sorted_labels(labels))))
    }
    column = [np.nan if label is None else places[label_text(label)] for label in labels]
    return DiscreteVariable(name, tuple(places)), np.array(column)


def _target(name: str, labels: Sequence[Label]) -> tuple[ContinuousVariable, np.ndarray]:
    for label in labels:
        if isinstance(label, str):
            raise SourceError(f"Expected numbers to predict in {name}, found {label!r}: make it a class (target=False)")
    known = [label for label in labels if label is not None]
    return numeric_variable(name, known), np.array(labels, float)
