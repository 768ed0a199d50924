"""The settings of a fine-tuning, together, and the steps that depend on all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from ..backbones.loading import ImageSize, Loader, Weights
from ..backbones.network import hash_weights
from ..backbones.preprocessing import AUTO
from ..backbones.registry import find_backbone
from ..embedding.fingerprint import make_fingerprint
from ..errors import SettingError
from ..images.steps import Step, read_steps
from ..records import Callback, Source
from ..training.head_settings import HeadSettings
from .dataset import ImageSet, read_images
from .partly_frozen import PartlyFrozen, open_partly_frozen
from .settings import Augmentation, TuningSettings

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Recipe:
    """Settings of a fine-tuning: the network, the head and the training.

    Attributes
    ----------
    backbone, weights, image_size, interpolation, steps, preprocessing, n_threads
        As for `Embedder`; images of one size only.
    head : HeadSettings
        Settings of the first phase.
    tuning : TuningSettings
        Settings of the second phase.
    seed : int
        Seed of random weights, and of the choice of images for validation and test.
    """

    backbone: str = "SqueezeNet"
    weights: Weights = "imagenet"
    image_size: ImageSize = None
    interpolation: str = "bilinear"
    steps: Sequence[str | Step] = ()
    preprocessing: str = AUTO
    n_threads: int | None = None
    head: HeadSettings = field(default_factory=HeadSettings)
    tuning: TuningSettings = field(default_factory=TuningSettings)
    seed: int = 0

    def open(self, callback: Callback | None = None) -> PartlyFrozen:
        """Load the network.

        Parameters
        ----------
        callback : callable, optional
            Called with the fraction of a weights download done; may raise `Cancelled`.

        Raises
        ------
        UnknownBackboneError, SettingError, WeightsError
        """
        read_steps(self.steps)
        backbone = find_backbone(self.backbone)
        loader = Loader(backbone, (), self.weights, self.image_size, self.seed, callback, self.preprocessing)
        return open_partly_frozen(loader, "auto", self.tuning.unfreeze)

    def read(
        self, sources: Sequence[Source], image_size: tuple[int, int], callback: Callback | None = None
    ) -> ImageSet:
        """Read the images of some sources as the network takes them; the parameters are those of `read_images`."""
        return read_images(
            sources,
            image_size,
            interpolation=self.interpolation,
            steps=read_steps(self.steps),
            n_threads=self.n_threads,
            callback=callback,
        )

    def about(self, network: PartlyFrozen, classes: Sequence[str], label_name: str) -> dict[str, Any]:
        """Return, for the network's file, how it reads images and what it predicts."""
        return {
            "backbone": find_backbone(self.backbone).name,
            "image_size": list(network.image_size),
            "preprocessing": network.preprocessing,
            "interpolation": self.interpolation,
            "steps": [step.name for step in read_steps(self.steps)],
            "label_name": label_name,
            "classes": list(classes),
        }

    def fingerprint(self, network: PartlyFrozen, tuned: "keras.Model") -> str:
        """Return the fingerprint of a fine-tuned network's predictions.

        Parameters
        ----------
        network : PartlyFrozen
            The network before the training.
        tuned : keras.Model
            The fine-tuned network.

        Returns
        -------
        str
            The fingerprint of the embedder that `open_finetuned` returns for the network's file.
        """
        return str(
            make_fingerprint(
                self.backbone,
                tuned.output_names[0],
                "auto",
                network.image_size,
                self.interpolation,
                self.steps,
                hash_weights(tuned),
                network.preprocessing,
            )
        )


def make_recipe(**settings: Any) -> Recipe:
    """Make a recipe from settings that all come together, such as the options of a command.

    Parameters
    ----------
    **settings
        Settings by their names in `Recipe`, `TuningSettings` and `Augmentation`; besides, ``hidden``, ``dropout`` and
        ``head_epochs`` of the head. `balanced`, `best_by` and `seed` hold for both phases.

    Raises
    ------
    SettingError
        A value is not valid, or there is no setting of that name.
    """
    unknown = settings.keys() - _ALL_NAMES
    if unknown:
        raise SettingError(f"Fine-tuning has no setting {min(unknown)}; it has {', '.join(sorted(_ALL_NAMES))}.")
    head = {_HEAD_NAMES[name]: value for name, value in settings.items() if name in _HEAD_NAMES}
    augmentation = Augmentation(**_select(settings, Augmentation))
    return Recipe(
        **_select(settings, Recipe),
        head=HeadSettings(**head),
        tuning=TuningSettings(**_select(settings, TuningSettings), augmentation=augmentation),
    )


_HEAD_NAMES = {
    "hidden": "hidden",
    "dropout": "dropout",
    "head_epochs": "epochs",
    "balanced": "balanced",
    "best_by": "best_by",
    "seed": "seed",
}
"""Names in `HeadSettings` by the names of settings."""

_ALL_NAMES = _HEAD_NAMES.keys() | {
    field.name for kind in (Recipe, TuningSettings, Augmentation) for field in fields(kind)
} - {"head", "tuning", "augmentation"}


def _select(settings: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """Return the settings that are fields of a dataclass."""
    return {field.name: settings[field.name] for field in fields(kind) if field.name in settings}
