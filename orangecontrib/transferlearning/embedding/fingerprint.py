"""What features depend on, in one line of text that can be read back."""

import os
import re
from dataclasses import dataclass
from typing import Any

from ..errors import SettingError

_PATTERN = re.compile(
    r"(?P<backbone>\S+) layer=(?P<layer>.+) pooling=(?P<pooling>\w+) size=(?P<size>\d+x\d+|own)"
    r" interpolation=(?P<interpolation>\w+) decode=(?P<decode>fast|exact) (?:steps=(?P<steps>\S+) )?"
    r"precision=(?P<precision>\w+) weights=sha256:(?P<weights_sha256>[0-9a-f]+) keras=(?P<keras>\S+)"
)

_RANDOM = re.compile(r"random:(\d+)")


@dataclass(frozen=True)
class Fingerprint:
    """What features depend on; its text is `Embedder.fingerprint`.

    Attributes
    ----------
    backbone : str
    layer : str
        Never None: the one that was read.
    pooling : str
    size : str
        "224x224", height and width, or "own".
    interpolation : str
    decode : {"exact", "fast"}
    steps : str
        Names with ``+`` between them; "" for none.
    precision : str
    weights_sha256 : str
        Of the values of the weights, up to the layer.
    keras : str
        Its version.
    """

    backbone: str
    layer: str
    pooling: str
    size: str
    interpolation: str
    decode: str
    steps: str
    precision: str
    weights_sha256: str
    keras: str

    def __str__(self) -> str:
        steps = f"steps={self.steps} " if self.steps else ""
        return (
            f"{self.backbone} layer={self.layer} pooling={self.pooling} size={self.size} "
            f"interpolation={self.interpolation} decode={self.decode} {steps}"
            f"precision={self.precision} weights=sha256:{self.weights_sha256} keras={self.keras}"
        )

    def settings(self) -> dict[str, Any]:
        """Give the arguments of an `Embedder` of these features, all but the weights.

        Raises
        ------
        SettingError
            Among the steps is a function of the user's own, which no text can hold.
        """
        steps = tuple(self.steps.split("+")) if self.steps else ()
        own = [step.removeprefix("own:") for step in steps if step.startswith("own:")]
        if own:
            raise SettingError(
                f"The features took a step of your own, {own[0]}, which no file can hold: make the embedder yourself, "
                "in a script."
            )
        return {
            "backbone": self.backbone,
            "layer": self.layer,
            "pooling": self.pooling,
            "image_size": "own" if self.size == "own" else tuple(map(int, self.size.split("x"))),
            "interpolation": self.interpolation,
            "fast_decode": self.decode == "fast",
            "steps": steps,
            "precision": self.precision,
        }


def read_fingerprint(text: str) -> Fingerprint:
    """Read the text of a fingerprint.

    Raises
    ------
    SettingError
        It is not one that this version knows.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise SettingError(
            f"Expected the fingerprint of features, such as `Embedder.fingerprint` gives, found {text!r}."
        )
    return Fingerprint(**{name: value or "" for name, value in match.groupdict().items()})


def difference(one: str, other: str) -> tuple[str, str]:
    """Return the words in which two fingerprints differ, without the weights where another network or layer says it."""
    ones, others = one.split(" "), other.split(" ")
    differing = [word for word in ones if word not in others], [word for word in others if word not in ones]
    if any(word == ones[0] or word.startswith("layer=") for word in differing[0]):
        differing = tuple([word for word in words if not word.startswith("weights=")] for words in differing)
    return " ".join(differing[0]) or one, " ".join(differing[1]) or other


def without_keras(fingerprint: str) -> str:
    """Take the version of Keras off a fingerprint; models are not tied to it, as it seldom changes features."""
    return fingerprint.rpartition(" keras=")[0]


def name_weights(weights: Any, seed: int) -> str:
    """Say in a word where an embedder's weights are from: "imagenet", "random:0" (the seed), or an absolute path."""
    if weights is None:
        return f"random:{seed}"
    return weights if weights == "imagenet" else os.path.abspath(os.path.expanduser(weights))


def weights_settings(name: str) -> dict[str, Any]:
    """Turn what `name_weights` says back into arguments of an `Embedder`; ImageNet's where nobody said."""
    match = _RANDOM.fullmatch(name)
    return {"weights": None, "seed": int(match[1])} if match else {"weights": name or "imagenet"}
