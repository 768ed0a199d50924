"""Presets: choices of networks and scaling by name, which work without a download."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .scaling import ORANGE


@dataclass(frozen=True)
class Preset:
    """Networks that work well with the defaults of Orange's learners.

    Attributes
    ----------
    name : str
    summary : str
        What it is for, in a few words.
    backbone : str
        Networks and layers, as for `Embedder`.
    mirrored : bool
    scaling : {"none", "l2", "orange"}
    n_features : int
    flowers_accuracy : float
        Accuracy of Orange's logistic regression on Flowers17, by 5-fold cross-validation, mean of five seeds.
    speed : float
        Images per second, from JPEG files to features on two processor cores, relative to SqueezeNet alone.

    Source of the figures: the page "Presets and joined features" of the documentation.
    """

    name: str
    summary: str
    backbone: str
    mirrored: bool
    scaling: str
    n_features: int
    flowers_accuracy: float
    speed: float


_LITE0, _LITE2 = "EfficientNetLite0:block7a_project_bn", "EfficientNetLite2:block7a_project_bn"

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset("quick", "the fastest", "SqueezeNet", False, ORANGE, 512, 0.902, 1.0),
            Preset("balanced", "much better, half as fast", f"SqueezeNet+{_LITE0}", False, ORANGE, 832, 0.927, 0.51),
            Preset(
                "best", "the best, for some patience", f"SqueezeNet+{_LITE0}+{_LITE2}", True, ORANGE, 1184, 0.931, 0.12
            ),
        )
    }
)
"""All presets by name, the fastest first."""

DEFAULT_PRESET = "balanced"
"""The best for Orange's default learners at no less than half the speed of SqueezeNet."""


def find_preset(name: object) -> Preset | None:
    """Return the preset of this name, in upper or lower case; None if there is none."""
    return PRESETS.get(name.lower()) if isinstance(name, str) else None
