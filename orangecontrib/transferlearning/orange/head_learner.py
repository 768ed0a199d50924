"""Orange learners that train a small network on the features of an embedded table."""

from collections.abc import Sequence
from dataclasses import fields
from itertools import count

import numpy as np
import scipy.sparse as sp
from Orange.data import Domain, Table
from Orange.preprocess import Continuize, Preprocess
from Orange.preprocess.preprocess import HasClass

from ..errors import SettingError
from ..training.head import HeadRows
from ..training.head_estimator import fit_head
from ..training.head_settings import HeadSettings
from ..training.splits import choose_share
from .live_learner import LiveLearner
from .models import HeadModel


class BottleneckNetworkLearner(LiveLearner):
    """A small network on features: a softmax layer for classes, a linear one for numbers, after a hidden one if wanted.

    It does not take weights of rows into account, and refuses tables that have them.

    Parameters
    ----------
    hidden, dropout, epochs, batch_size, learning_rate, l2, patience, balanced, seed
        As `HeadSettings` has them.
    validation_size : float
        Share of the images that decides when to stop, of each class; 0 to train all epochs on all images.
    preprocessors : sequence of Preprocess, optional
        In place of Orange's usual ones: rows without a class are left out, categories become numbers. Missing features
        count as their column's mean in any case.
    """

    name = "Bottleneck Network"
    __returns__ = HeadModel
    preprocessors = (HasClass(), Continuize())

    def __init__(
        self,
        hidden: int = 0,
        dropout: float = 0.0,
        epochs: int = 100,
        batch_size: int = 32,
        learning_rate: float = 0.003,
        l2: float = 0.03,
        patience: int = 10,
        balanced: bool = False,
        validation_size: float = 0.0,
        seed: int = 0,
        preprocessors: Sequence[Preprocess] | None = None,
    ):
        super().__init__(locals())

    def incompatibility_reason(self, domain: Domain) -> str | None:
        """Return why a table of this domain cannot be learned from; None if it can."""
        if not domain.class_vars:
            return "A class or a numeric target is needed."
        return None if domain.attributes else "Features are needed: embed the images first."

    def fit_storage(self, data: Table) -> HeadModel:
        """Train on a preprocessed table.

        Raises
        ------
        SettingError, TrainingError
            Both are `ValueError`; nothing can be learned from this table, or not with these settings.
        """
        if data.has_weights():
            raise SettingError("A small network does not take weights of rows into account: remove them.")
        made = data.domain.class_var
        n_classes = len(made.values) if made.is_discrete else 0
        features = np.array(data.X.toarray() if sp.issparse(data.X) else data.X, np.float32)
        train, validation = self._split(features, np.asarray(data.Y, float), n_classes)
        settings = HeadSettings(**{field.name: getattr(self, field.name) for field in fields(HeadSettings)})
        numbers = count(1)
        head = fit_head(
            train,
            validation,
            n_classes=n_classes,
            settings=settings,
            callback=self.callback,
            tell=self.tell and (lambda epoch: self.tell(1, next(numbers), epoch)),
        )
        model = HeadModel(head)
        model.params = self.params
        prints = {variable.attributes.get("fingerprint", "") for variable in data.domain.attributes}
        model.fingerprint = prints.pop() if len(prints) == 1 else ""
        return model

    def _split(self, features: np.ndarray, targets: np.ndarray, n_classes: int) -> tuple[HeadRows, HeadRows | None]:
        kept = choose_share(targets, not n_classes, self.validation_size, self.seed)
        if not len(kept):
            return (features, targets), None
        learned = np.delete(np.arange(len(targets)), kept)
        return (features[learned], targets[learned]), (features[kept], targets[kept])
