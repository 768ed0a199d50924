"""Everything that decides what a fine-tuned network becomes, but for the pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .backbones import find_backbone
from .headsettings import HeadSettings
from .items import Callback
from .loading import ImageSize, Loader, Weights
from .picturesets import PictureSet, read_pictures
from .sources import Source
from .steps import Step, read_steps
from .tunable import Tunable, open_tunable
from .tuningsettings import TuningSettings


@dataclass(frozen=True)
class Recipe:
    """Which network is fine-tuned, and how.

    Attributes
    ----------
    backbone, weights, image_size, interpolation, steps, n_threads
        As for `Embedder`; pictures of one size only.
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

    def open(self, callback: Callback | None = None) -> Tunable:
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
    ) -> PictureSet:
        """Read the pictures of some sources as the network takes them; the parameters are those of `read_pictures`."""
        return read_pictures(
            sources,
            image_size,
            interpolation=self.interpolation,
            steps=read_steps(self.steps),
            n_threads=self.n_threads,
            callback=callback,
        )

    def about(self, image_size: tuple[int, int], classes: Sequence[str], label_name: str) -> dict[str, Any]:
        """Write down, for the network's file, how it reads pictures and what it predicts."""
        return {
            "backbone": find_backbone(self.backbone).name,
            "image_size": list(image_size),
            "interpolation": self.interpolation,
            "steps": [step.name for step in read_steps(self.steps)],
            "label_name": label_name,
            "classes": list(classes),
        }
