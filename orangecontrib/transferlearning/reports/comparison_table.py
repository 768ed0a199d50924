"""The rows of a comparison of networks as an Orange table."""

from collections.abc import Sequence

import numpy as np
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table

from ..bakeoff.comparison import ComparisonRow
from .networks_table import on_front

_DECIMALS = {
    "accuracy": 3, "spread": 3, "AUC": 4, "images/s": 1, "ms/image": 1, "features": 0, "MB": 0, "images": 0
}  # fmt: skip
"""Columns of numbers, with their decimals."""


def comparison_table(rows: Sequence[ComparisonRow]) -> Table:
    """Return the rows of a comparison as an Orange table.

    Parameters
    ----------
    rows : sequence of ComparisonRow
        At least one; all of one comparison.

    Returns
    -------
    Orange.data.Table
        Scores, speed and sizes, and whether the row is on the Pareto front; as metas the names of the candidate and the
        learner, the networks, and the accuracy in each fold.
    """
    numbers = [ContinuousVariable(name, number_of_decimals=decimals) for name, decimals in _DECIMALS.items()]
    front = DiscreteVariable("front", ("no", "yes"))
    texts = [StringVariable(name) for name in ("candidate", "learner", "networks")]
    folds = [
        ContinuousVariable(f"fold {number + 1}", number_of_decimals=3) for number in range(len(rows[0].scores.folds))
    ]
    table = Table.from_numpy(
        Domain([*numbers, front], None, [*texts, *folds]),
        np.array([[*_numbers(row), marked] for row, marked in zip(rows, on_front(rows), strict=True)], float),
        metas=np.array([[*_texts(row), *row.scores.folds] for row in rows], object),
    )
    table.name = "Comparison"
    return table


def _numbers(row: ComparisonRow) -> list[float]:
    scores, speed = row.scores, row.speed
    return [
        scores.accuracy, scores.spread, scores.auc, speed.images_per_second, speed.milliseconds, row.n_features,
        row.candidate.megabytes, row.n_images,
    ]  # fmt: skip


def _texts(row: ComparisonRow) -> list[str]:
    return [row.candidate.name, row.learner.title, row.candidate.embedder().backbone]
