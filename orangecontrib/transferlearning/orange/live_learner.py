"""The base class of the learners of networks, which report each epoch and can be stopped."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import astuple, fields
from typing import Any

import numpy as np
from Orange.base import Learner, Model
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, Table
from Orange.preprocess.preprocess import HasClass
from Orange.util import wrap_callback

from ..records import Callback
from ..training.history import Epoch, History, PhaseCallback


class LiveLearner(Learner):
    """An Orange learner that reports each epoch of its training, and can be stopped.

    Its models have a `history`; subclasses have a setting `epochs`, or a property `n_epochs`.

    Parameters
    ----------
    given : mapping
        The `locals()` of the constructor of a subclass; its arguments become attributes and `params`.

    Attributes
    ----------
    callback : callable or None
        Called with the fraction of the training that is done, 0-1; an exception that it raises ends the training.
    tell : callable or None
        Called after each epoch; if it returns True, training ends with the best network so far.

    The callbacks are not settings of the learner; set them on a copy.
    """

    __returns__ = Model
    preprocessors = (HasClass(),)
    callback: Callback | None = None
    tell: PhaseCallback | None = None

    def __init__(self, given: Mapping[str, Any]):
        super().__init__(given["preprocessors"])
        self.params = {name: value for name, value in given.items() if name not in ("self", "__class__")}
        self.__dict__ |= {name: value for name, value in self.params.items() if name != "preprocessors"}

    @property
    def n_epochs(self) -> tuple[int, ...]:
        """Largest number of epochs of each phase of the training."""
        return (self.epochs,)

    def __call__(self, data: Table, progress_callback: Callable[..., None] | None = None) -> Model:
        """Train on a table.

        Parameters
        ----------
        data : Orange.data.Table
            A table with one class variable, categorical or numeric.
        progress_callback : callable, optional
            Called with the fraction done, 0-1; an exception that it raises ends the training.

        Returns
        -------
        Orange.base.Model

        Raises
        ------
        ValueError, OSError
            Errors of `fit_storage`.
        """
        learner = copy(self)  # other threads may use this one
        if progress_callback:
            learner.callback = wrap_callback(progress_callback, start=0.1)
        return super(LiveLearner, learner).__call__(data, progress_callback)


PHASES = ("head", "fine-tuning")


def history_table(history: History) -> Table:
    """Make a table of a training, with a row for each epoch.

    Parameters
    ----------
    history : History

    Returns
    -------
    Orange.data.Table
        The table "History" with epoch (from 1), phase, loss, accuracy, val_loss, val_accuracy (which may be missing),
        and whether the weights of the epoch were kept.
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
