"""An Orange learner that fine-tunes a network on the images that a table names."""

import warnings
from collections.abc import Sequence

import numpy as np
from Orange.data import Domain, Table
from Orange.preprocess import Preprocess
from Orange.preprocess.preprocess import HasClass

from ..engines.keras_worker import run_keras
from ..errors import SettingError
from ..finetuning.recipe import Recipe
from ..finetuning.train_network import TrainedNetwork, train_network
from ..plurals import pl
from ..records import Skipped
from ..sources.list_source import ListSource
from .finetuned_model import FineTunedModel
from .image_columns import TableSource, describe_row, find_image_column, image_columns, is_only_image_column
from .live_learner import LiveLearner


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
        column, made = find_image_column(data.domain, self.column), data.domain.class_var
        locations = [item.location for item in TableSource(data, column)]
        keys = [describe_row(data, column, row) for row in range(len(data))]
        trained: TrainedNetwork = run_keras(
            train_network,
            self.recipe,
            ListSource(locations, keys=keys),
            np.asarray(data.Y, float),
            () if made.is_continuous else tuple(made.values),
            made.name,
            self.validation_size,
            callback=self.callback,
            tell=self.tell,
        )
        _warn_of_skipped(trained.skipped)
        for line in trained.notes.lines():
            warnings.warn(line, stacklevel=2)
        is_only = is_only_image_column(data.domain, column)
        model = FineTunedModel(trained.content, trained.about, column.name, is_only)
        model.params = self.params
        model.fingerprint = trained.fingerprint
        model.history = trained.history
        model.skipped = trained.skipped
        model.notes = trained.notes
        # Converting the network for OpenVINO would take longer than a test in cross-validation.
        model.engine = "tensorflow"
        return model


def _warn_of_skipped(skipped: list[Skipped]) -> None:
    if skipped:
        first, n_skipped = skipped[0], len(skipped)
        warnings.warn(
            f"{n_skipped} {pl(n_skipped, 'image')} could not be read and {pl(n_skipped, 'was|were')} left out; "
            f"the first is in {first.key}: {first.reason}",
            stacklevel=3,
        )
