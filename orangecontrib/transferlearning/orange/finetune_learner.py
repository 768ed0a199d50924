"""An Orange learner that trains a network further on the images that a table names."""

import warnings
from collections.abc import Sequence

import numpy as np
from Orange.data import Domain, Table
from Orange.preprocess import Preprocess
from Orange.preprocess.preprocess import HasClass
from Orange.util import wrap_callback

from ..backbones.loading import ImageSize, Weights
from ..backbones.saved_models import pack_finetuned
from ..errors import SettingError
from ..finetuning.dataset import ImageSet, TuningData, check_not_empty
from ..finetuning.fine_tune import fine_tune
from ..finetuning.recipe import make_recipe
from ..finetuning.settings import Unfreeze
from ..records import Skipped
from ..training.splits import choose_share
from .finetuned_model import FineTunedModel
from .image_columns import TableSource, find_image_column, image_columns, is_only_image_column
from .live_learner import LiveLearner

_READING = 0.1
"""Share of the work that reading images is."""


class FineTuneLearner(LiveLearner):
    """Trains a head, then the last layers of a network, on images and their classes or numbers.

    It takes the column of images among the metas; attributes do not matter, but Orange's evaluation wants some:
    give it an embedded table. Rows whose images cannot be read are left out, with a warning.

    Parameters
    ----------
    backbone, weights, image_size, interpolation, steps, n_threads, unfreeze
        As `Recipe` has them.
    column : str, optional
        Of images; by default the first of `table.image_columns`.
    epochs, learning_rate, batch_size, patience, balanced
        As `TuningSettings` has them.
    flip, shift, zoom, rotation
        As `Augmentation` has them.
    hidden, dropout, head_epochs
        Of the head, as `HeadSettings` has them.
    validation_size : float
        Share of the images that decides which epoch is kept; 0 to train all epochs on all images.
    seed : int
    preprocessors : sequence of Preprocess, optional
        In place of Orange's usual one, which leaves rows without a class out.
    """

    name = "Fine-tuned Network"
    __returns__ = FineTunedModel
    preprocessors = (HasClass(),)

    def __init__(
        self,
        backbone: str = "SqueezeNet",
        weights: Weights = "imagenet",
        image_size: ImageSize = None,
        interpolation: str = "bilinear",
        steps: Sequence[str] = (),
        column: str | None = None,
        unfreeze: Unfreeze = 3,
        epochs: int = 10,
        learning_rate: float = 1e-4,
        batch_size: int = 16,
        patience: int = 5,
        balanced: bool = False,
        flip: bool = False,
        shift: float = 0.0,
        zoom: float = 0.0,
        rotation: float = 0.0,
        hidden: int = 0,
        dropout: float = 0.0,
        head_epochs: int = 100,
        validation_size: float = 0.0,
        seed: int = 0,
        n_threads: int | None = None,
        preprocessors: Sequence[Preprocess] | None = None,
    ):
        super().__init__(locals())

    @property
    def n_epochs(self) -> tuple[int, int]:
        """Number of epochs of the head and of fine-tuning, at most."""
        return self.head_epochs, self.epochs

    def incompatibility_reason(self, domain: Domain) -> str | None:
        """Return why a table of this domain cannot be learned from; None if it can."""
        if not domain.class_vars:
            return "A class or a numeric target is needed."
        return None if image_columns(domain) else "A column of images is needed among the metas."

    def fit_storage(self, data: Table) -> FineTunedModel:
        """Train on a preprocessed table.

        Raises
        ------
        SettingError, TrainingError, SourceError, UnknownBackboneError
            All are `ValueError`; nothing can be learned from this table, or not with these settings.
        WeightsError
        """
        if data.has_weights():
            raise SettingError("Fine-tuning does not take weights of rows into account: remove them.")
        column, recipe = find_image_column(data.domain, self.column), make_recipe(vars(self))
        tunable = recipe.open(self.callback and wrap_callback(self.callback, end=0))
        told = self.callback and wrap_callback(self.callback, end=_READING)
        images = recipe.read([TableSource(data, column)], tunable.image_size, told)
        _warn_of_skipped(images.skipped)
        check_not_empty(images)
        told = self.callback and wrap_callback(self.callback, start=_READING)
        tuning_data = self._tuning_data(images, data)
        tuned = fine_tune(tunable, tuning_data, recipe.head, recipe.tuning, callback=told, tell=self.tell)
        about = recipe.about(tunable.image_size, tuning_data.classes, data.domain.class_var.name)
        is_only = is_only_image_column(data.domain, column)
        model = FineTunedModel(pack_finetuned(tuned.model, about), about, column.name, is_only)
        model.params = self.params
        model.fingerprint = recipe.fingerprint(tunable.image_size, tuned.model)
        model.history = tuned.history
        # Keras is loaded here: to convert the network would take longer than to test it in cross-validation.
        model.engine = "tensorflow"
        model.skipped = images.skipped
        return model

    def _tuning_data(self, images: ImageSet, data: Table) -> TuningData:
        made = data.domain.class_var
        targets = np.asarray(data.Y, float)[images.places]
        validation = choose_share(targets, made.is_continuous, self.validation_size, self.seed)
        train = np.delete(np.arange(len(targets)), validation)
        classes = () if made.is_continuous else tuple(made.values)
        return TuningData(images.pixels, targets, classes, train, validation, np.empty(0, int))


def _warn_of_skipped(skipped: list[Skipped]) -> None:
    if skipped:
        first = skipped[0]
        warnings.warn(
            f"{len(skipped)} images could not be read and were left out; the first is row {int(first.key) + 1}: "
            f"{first.reason}",
            stacklevel=3,
        )
