"""Everything that decides what a fine-tuned network becomes, but for the images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ..backbones.loading import ImageSize, Loader, Weights
from ..backbones.network import hash_weights
from ..backbones.registry import find_backbone
from ..embedding.fingerprint import Fingerprint
from ..images.steps import Step, name_steps, read_steps
from ..records import Callback, Source
from ..training.head_settings import HeadSettings
from .dataset import ImageSet, read_images
from .partly_frozen import PartlyFrozen, open_tunable
from .settings import Augmentation, TuningSettings

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Recipe:
    """Settings of a fine-tuning: the network, the head and the training.

    Attributes
    ----------
    backbone, weights, image_size, interpolation, steps, n_threads
        As for `Embedder`; images of one size only.
    head : HeadSettings
        Of the first phase.
    tuning : TuningSettings
        Of the second.
    seed : int
        Of random weights.
    """

    backbone: str = "SqueezeNet"
    weights: Weights = "imagenet"
    image_size: ImageSize = None
    interpolation: str = "bilinear"
    steps: Sequence[str | Step] = ()
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
        loader = Loader(find_backbone(self.backbone), (), self.weights, self.image_size, self.seed, callback)
        return open_tunable(loader, "auto", self.tuning.unfreeze)

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

    def about(self, image_size: tuple[int, int], classes: Sequence[str], label_name: str) -> dict[str, Any]:
        """Write down, for the network's file, how it reads images and what it predicts."""
        return {
            "backbone": find_backbone(self.backbone).name,
            "image_size": list(image_size),
            "interpolation": self.interpolation,
            "steps": [step.name for step in read_steps(self.steps)],
            "label_name": label_name,
            "classes": list(classes),
        }

    def fingerprint(self, image_size: tuple[int, int], tuned: "keras.Model") -> str:
        """Write down what a fine-tuned network's predictions depend on.

        Parameters
        ----------
        image_size : tuple of int
            (height, width) in pixels.
        tuned : keras.Model
            As it has become.

        Returns
        -------
        str
            That of the embedder which `open_finetuned` gives of the network's file.
        """
        return str(
            Fingerprint(
                backbone=find_backbone(self.backbone).name,
                layer=tuned.output_names[0],
                pooling="auto",
                size="{}x{}".format(*image_size),
                interpolation=self.interpolation,
                decode="exact",
                steps=name_steps(read_steps(self.steps)),
                precision="float32",
                weights_sha256=hash_weights(tuned),
                keras=version("keras"),
            )
        )


def make_recipe(settings: Mapping[str, Any]) -> Recipe:
    """Sort settings that all come together, as a command's options and a learner's arguments do.

    Parameters
    ----------
    settings : mapping
        By their names in `Recipe`, `TuningSettings` and `Augmentation`, all of them; besides, ``hidden``, ``dropout``
        and ``head_epochs`` of the head. Others do not matter.

    Raises
    ------
    SettingError
        A value that cannot be.
    """

    def own(kind: type) -> dict[str, Any]:
        return {each.name: settings[each.name] for each in fields(kind) if each.name in settings}

    head = {name: settings[name] for name in ("hidden", "dropout", "balanced", "seed")}
    return Recipe(
        **own(Recipe),
        head=HeadSettings(**head, epochs=settings["head_epochs"]),
        tuning=TuningSettings(**own(TuningSettings), augmentation=Augmentation(**own(Augmentation))),
    )
