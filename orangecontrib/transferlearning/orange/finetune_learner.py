"""An Orange learner that fine-tunes a network on the images that a table names."""

import warnings
from collections.abc import Sequence

import numpy as np
from Orange.data import Domain, Table
from Orange.preprocess import Preprocess
from Orange.preprocess.preprocess import HasClass
from Orange.util import wrap_callback

from ..backbones.saved_models import pack_finetuned
from ..errors import SettingError
from ..finetuning.dataset import ImageSet, TuningData, check_not_empty
from ..finetuning.fine_tune import fine_tune
from ..finetuning.recipe import Recipe
from ..records import Skipped
from ..training.splits import choose_share
from .finetuned_model import FineTunedModel
from .image_columns import TableSource, find_image_column, image_columns, is_only_image_column
from .live_learner import LiveLearner

_READING = 0.1
"""Share of the progress that is for reading images."""


class FineTuneLearner(LiveLearner):
    """Trains a head, then the last layers of a network, on images and their classes or numbers.

    It takes the image column of a table and does not use the attributes; but Orange's evaluation needs attributes, so
    give it an embedded table. Rows whose images cannot be read are left out, with a warning.

    Parameters
    ----------
    recipe : Recipe
        Settings of the network and of the training; `make_recipe` makes one.
    column : str, optional
        Name of the image column; by default the first of `image_columns`.
    validation_size : float
        Share of the images that decides which epoch is kept; 0 to train all epochs on all images.
    preprocessors : sequence of Preprocess, optional
        Preprocessors in place of Orange's default, which leaves out rows without a class.
    """

    name = "Fine-tuned Network"
    __returns__ = FineTunedModel
    preprocessors = (HasClass(),)

    def __init__(
        self,
        recipe: Recipe = Recipe(),  # noqa: B008 - frozen
        column: str | None = None,
        validation_size: float = 0.0,
        preprocessors: Sequence[Preprocess] | None = None,
    ):
        super().__init__(locals())

    @property
    def n_epochs(self) -> tuple[int, int]:
        """Largest numbers of epochs of the head and of fine-tuning."""
        return self.recipe.head.epochs, self.recipe.tuning.epochs

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
            Training is not possible with this table or these settings. All errors are a `ValueError`.
        WeightsError
        """
        if data.has_weights():
            raise SettingError("A network cannot be fine-tuned with weights of rows: remove them.")
        column, recipe = find_image_column(data.domain, self.column), self.recipe
        network = recipe.open(self.callback and wrap_callback(self.callback, end=0))
        progress = self.callback and wrap_callback(self.callback, end=_READING)
        images = recipe.read([TableSource(data, column)], network.image_size, progress)
        _warn_of_skipped(images.skipped)
        check_not_empty(images)
        progress = self.callback and wrap_callback(self.callback, start=_READING)
        tuning_data = self._tuning_data(images, data)
        tuned = fine_tune(network, tuning_data, recipe.head, recipe.tuning, callback=progress, tell=self.tell)
        about = recipe.about(network.image_size, tuning_data.classes, data.domain.class_var.name)
        is_only = is_only_image_column(data.domain, column)
        model = FineTunedModel(pack_finetuned(tuned.model, about), about, column.name, is_only)
        model.params = self.params
        model.fingerprint = recipe.fingerprint(network.image_size, tuned.model)
        model.history = tuned.history
        # Keras is loaded already, and converting the network would take longer than a test in cross-validation.
        model.engine = "tensorflow"
        model.skipped = images.skipped
        return model

    def _tuning_data(self, images: ImageSet, data: Table) -> TuningData:
        made = data.domain.class_var
        targets = np.asarray(data.Y, float)[images.positions]
        validation = choose_share(targets, made.is_continuous, self.validation_size, self.recipe.seed)
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
