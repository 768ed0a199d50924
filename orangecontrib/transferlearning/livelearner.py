"""What the learners of networks have in common: they tell how far they are, and can be stopped."""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from Orange.base import Learner, Model
from Orange.data import Table
from Orange.preprocess.preprocess import HasClass
from Orange.util import wrap_callback

from .history import TellPhase
from .items import Callback


class LiveLearner(Learner):
    """An Orange learner that can be followed while it trains, and stopped.

    Its models have a `history`; subclasses have a setting `epochs`.

    Parameters
    ----------
    given : mapping
        The `locals()` of a subclass's constructor: its arguments become attributes, and `params`.

    Attributes
    ----------
    callback : callable or None
        Told the fraction of the training done, 0-1; stops it by raising an exception.
    tell : callable or None
        Told each epoch; stops after it, with the best network so far, by returning True.

    Neither is a part of the learner's settings: set them on a copy.
    """

    __returns__ = Model
    preprocessors = (HasClass(),)
    callback: Callback | None = None
    tell: TellPhase | None = None

    def __init__(self, given: Mapping[str, Any]):
        super().__init__(given["preprocessors"])
        self.params = {name: value for name, value in given.items() if name not in ("self", "__class__")}
        self.__dict__ |= {name: value for name, value in self.params.items() if name != "preprocessors"}

    @property
    def n_epochs(self) -> tuple[int, ...]:
        """How many epochs each phase of the training has, at most."""
        return (self.epochs,)

    def __call__(self, data: Table, progress_callback: Callable[..., None] | None = None) -> Model:
        """Train on a table.

        Parameters
        ----------
        data : Orange.data.Table
            With one class variable, categorical or numeric.
        progress_callback : callable, optional
            Told the fraction done, 0-1; stops the training by raising an exception.

        Returns
        -------
        Orange.base.Model

        Raises
        ------
        ValueError, OSError
            What `fit_storage` raises.
        """
        learner = copy(self)  # other threads may use this one
        if progress_callback:
            learner.callback = wrap_callback(progress_callback, start=0.1)
        return super(LiveLearner, learner).__call__(data, progress_callback)
