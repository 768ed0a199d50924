"""Make meta columns of an Orange table, and append them."""

from collections.abc import Sequence

import numpy as np
from Orange.data import ContinuousVariable, Domain, StringVariable, Table, Variable
from Orange.data.util import get_unique_names

from ..records import Embeddings, Label

_MAX_EXACT = 2**53
"""Largest whole number up to which float64, the type of Orange's numbers, represents all whole numbers."""
_N_DECIMALS = 5
"""Largest number of decimals; Orange adds two if necessary, and for more it shows only six digits."""


def meta_columns(embeddings: Embeddings, taken: Domain) -> tuple[list[Variable], np.ndarray]:
    """Make the meta ``key`` and a meta for each other column of embeddings.

    Parameters
    ----------
    embeddings : Embeddings
    taken : Domain
        Attributes and class of the new table; a meta with one of these names gets another name.

    Returns
    -------
    variables : list of Variable
        Variables, numeric if all values are numbers that float64 represents exactly, else text.
    values : ndarray of shape (n_images, n_metas), object
    """
    names = dict.fromkeys(name for metas in embeddings.metas for name in metas)
    columns = {name: [metas.get(name) for metas in embeddings.metas] for name in names}
    taken_names = [variable.name for variable in taken.variables]
    variables = [StringVariable(get_unique_names(taken_names, "key"))]
    made = [np.array(embeddings.keys, dtype=object)]
    for name, values in columns.items():
        free = get_unique_names([*taken_names, *(each.name for each in variables)], name)
        variable, column = meta_column(free, values)
        variables.append(variable)
        made.append(column)
    return variables, np.stack(made, axis=1)


def meta_column(name: str, values: Sequence[Label]) -> tuple[Variable, np.ndarray]:
    """Make a meta column, numeric if all values are numbers that float64 represents exactly, else text."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, int | float) and abs(value) <= _MAX_EXACT for value in known):
        return numeric_variable(name, known), np.array([np.nan if value is None else value for value in values], object)
    texts = ["" if value is None else str(value) for value in values]
    return StringVariable(name), np.array(texts, object)


def numeric_variable(name: str, values: Sequence[int | float]) -> ContinuousVariable:
    """Make a variable that shows and saves these values with their decimals, at most seven.

    By default, Orange saves six digits, which could shift a longitude by a hundred meters.
    """
    texts = list(map(repr, values))
    if any("e" in text for text in texts):
        return ContinuousVariable(name)
    n_decimals = max((len(text.partition(".")[2].rstrip("0")) for text in texts), default=0)
    return ContinuousVariable(name, number_of_decimals=min(n_decimals, _N_DECIMALS))


def with_reasons(table: Table, reasons: Sequence[str]) -> Table:
    """Append a text meta ``reason`` to a table, with a reason for each row."""
    return append_metas(table, [StringVariable("reason")], np.array(reasons, dtype=object).reshape(-1, 1))


def append_metas(table: Table, variables: Sequence[Variable], values: np.ndarray) -> Table:
    """Append metas to a table.

    Parameters
    ----------
    table : Orange.data.Table
    variables : sequence of Variable
        A variable whose name is taken gets another one.
    values : ndarray of shape (n_rows, n_variables)

    Returns
    -------
    Orange.data.Table
        A table of the same type and name, with the same ids.
    """
    domain = table.domain
    names = [get_unique_names(domain, variable.name) for variable in variables]
    added = [variable.copy(name=name) for variable, name in zip(variables, names, strict=True)]
    # With `transform`, subclasses of Table (a Corpus) keep their type.
    longer = table.transform(Domain(domain.attributes, domain.class_vars, (*domain.metas, *added)))
    with longer.unlocked(longer.metas):
        longer.metas[:, -len(added) :] = values
    return longer
