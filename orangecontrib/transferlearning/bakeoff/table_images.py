"""The images of an Orange table that networks are compared on, with their classes and groups."""

from dataclasses import replace

import numpy as np
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table, Variable

from ..errors import SourceError, TrainingError
from ..orange.image_columns import TableSource, describe_row, image_names, row_name
from .images import LabeledImages


def group_columns(domain: Domain) -> list[Variable]:
    """List the columns whose values may be groups: metas, and those attributes that are categories or whole numbers."""
    attributes = [each for each in domain.attributes if _is_whole(each) and not each.attributes.get("hidden")]
    return [each for each in (*domain.metas, *attributes) if isinstance(each, StringVariable) or _is_whole(each)]


def _is_whole(variable: Variable) -> bool:
    if isinstance(variable, ContinuousVariable):
        return variable.number_of_decimals == 0
    return isinstance(variable, DiscreteVariable)


def table_images(table: Table, column: Variable, group: Variable | None = None) -> LabeledImages:
    """Take the images of the rows that have a class.

    Parameters
    ----------
    table : Orange.data.Table
    column : Variable
        One of `image_columns`.
    group : Variable, optional
        Column of the groups.

    Returns
    -------
    LabeledImages
        Keys are row numbers, from 1, and names of images; classes are the values that rows have.

    Raises
    ------
    TrainingError
        There is no class, it is a number, or fewer than two of its values are there.
    SourceError
        An image has no value in the column of the groups.
    """
    target = _class_of(table.domain)
    values = table.get_column(target)
    rows = np.flatnonzero(~np.isnan(values))
    used, class_indices = np.unique(values[rows].astype(int), return_inverse=True)
    if len(used) < 2:
        known = f"all rows with a class are {target.values[used[0]]}" if len(used) else "no row has one"
        raise TrainingError(f"Images of two classes or more are needed; {known}.")
    names = image_names(table, column)
    items = [
        replace(item, key=row_name(*each))
        for item, each in zip(TableSource(table, column), enumerate(names), strict=True)
    ]
    groups = None if group is None else _groups(table, column, group, rows)
    classes = tuple(target.values[index] for index in used)
    return LabeledImages([items[row] for row in rows], class_indices, classes, groups, len(items) - len(rows))


def _class_of(domain: Domain) -> DiscreteVariable:
    target = domain.class_var
    if target is None:
        several = "several targets" if domain.class_vars else "no class"
        raise TrainingError(
            f"This table has {several}: make one categorical column the target in Select Columns, or load a folder "
            "of folders, one for each class."
        )
    if not isinstance(target, DiscreteVariable):
        raise TrainingError(
            f"The target {target.name} is a number, and networks are compared on classes: choose a categorical target "
            "in Select Columns, or make classes of the numbers with Discretize."
        )
    return target


def _groups(table: Table, column: Variable, group: Variable, rows: np.ndarray) -> np.ndarray:
    names = [group.str_val(value) for value in table.get_column(group)[rows]]
    for row, name in zip(rows, names, strict=True):
        if name in ("", "?"):
            raise SourceError(
                f"{describe_row(table, column, row)} has no value in {group.name}: each image needs one to be in a "
                "group."
            )
    return np.unique(names, return_inverse=True)[1]
