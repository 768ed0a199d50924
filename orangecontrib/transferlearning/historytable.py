"""The epochs of a training as an Orange table."""

from dataclasses import astuple, fields

import numpy as np
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, Table

from .history import Epoch, History

PHASES = ("head", "fine-tuning")


def history_table(history: History) -> Table:
    """Make a table of a training, an epoch a row.

    Parameters
    ----------
    history : History

    Returns
    -------
    Orange.data.Table
        Called "History"; epoch (from 1), phase, loss, accuracy, val_loss, val_accuracy (missing where there are none),
        and whether this is the epoch whose weights were kept.
    """
    numbers = [ContinuousVariable(field.name, number_of_decimals=4) for field in fields(Epoch)]
    epoch = ContinuousVariable("epoch", number_of_decimals=0)
    domain = Domain([epoch, DiscreteVariable("phase", PHASES), *numbers, DiscreteVariable("kept", ("no", "yes"))])
    first_of_second = len(history.epochs) if history.second_phase is None else history.second_phase
    rows = [
        [place + 1, place >= first_of_second, *astuple(each), place == history.kept]
        for place, each in enumerate(history.epochs)
    ]
    table = Table.from_numpy(domain, np.array(rows, float).reshape(len(rows), len(domain.attributes)))
    table.name = "History"
    return table
