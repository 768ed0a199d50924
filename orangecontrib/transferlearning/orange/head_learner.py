"""An Orange learner that trains a head on the features of an embedded table."""

from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from itertools import count

import numpy as np
import scipy.sparse as sp
from Orange.data import Domain, Table
from Orange.preprocess import Continuize, Preprocess
from Orange.preprocess.preprocess import HasClass

from ..engines.keras_worker import run_keras
from ..errors import SettingError
from ..training.head import HeadRows
from ..training.head_estimator import fit_head
from ..training.head_settings import HeadSettings
from ..training.history import Measure
from ..training.splits import choose_share
from .feature_attributes import fingerprint_of
from .live_learner import LiveLearner
from .models import HeadModel


class BottleneckNetworkLearner(LiveLearner):
    """Trains a head on features: a softmax layer or a linear unit, after an optional hidden layer.

    Tables with weights of rows are refused.

    Parameters
    ----------
    hidden, dropout, epochs, batch_size, learning_rate, l2, patience, best_by, balanced, seed
        As in `HeadSettings`.
    validation_size : float
        Share of each class that decides when to stop; 0 to train all epochs on all images.
    preprocessors : sequence of Preprocess, optional
        Preprocessors in place of the default ones, which leave out rows without a class and convert categories to
        numbers. Missing features are always replaced by the mean of their column.
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
        best_by: Measure = "loss",
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
            Training is not possible with this table or these settings. Both errors are a `ValueError`.
        """
        if data.has_weights():
            raise SettingError("A head cannot be trained with weights of rows: remove them.")
        made = data.domain.class_var
        n_classes = len(made.values) if made.is_discrete else 0
        features = np.array(data.X.toarray() if sp.issparse(data.X) else data.X, np.float32)
        train, validation = self._split(features, np.asarray(data.Y, float), n_classes)
        settings = HeadSettings(**{field.name: getattr(self, field.name) for field in fields(HeadSettings)})
        numbers = count(1)
        head = run_keras(
            partial(fit_head, n_classes=n_classes, settings=settings),
            train,
            validation,
            callback=self.callback,
            tell=self.tell and (lambda epoch: self.tell(1, next(numbers), epoch)),
        )
        model = HeadModel(head)
        model.params = self.params
        prints = {fingerprint_of(variable) for variable in data.domain.attributes}
        model.fingerprint = prints.pop() if len(prints) == 1 else ""
        return model

    def _split(self, features: np.ndarray, targets: np.ndarray, n_classes: int) -> tuple[HeadRows, HeadRows | None]:
        kept = choose_share(targets, not n_classes, self.validation_size, self.seed)
        if not len(kept):
            return (features, targets), None
        train = np.delete(np.arange(len(targets)), kept)
        return (features[train], targets[train]), (features[kept], targets[kept])
