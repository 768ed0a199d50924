"""Fingerprints: everything that features depend on, in one line of text that can be read back."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from ..backbones.loading import OWN_SIZE
from ..backbones.registry import find_backbone
from ..errors import SettingError, UnknownBackboneError
from ..images.steps import Step, name_steps, read_steps

_PATTERN = re.compile(
    r"(?P<backbone>\S+) layer=(?P<layer>.+) pooling=(?P<pooling>\w+) size=(?P<size>\d+x\d+|own)"
    r" interpolation=(?P<interpolation>\w+) decode=(?P<decode>fast|exact) (?:steps=(?P<steps>\S+) )?"
    r"precision=(?P<precision>\w+) weights=sha256:(?P<weights_sha256>[0-9a-f]+) keras=(?P<keras>\S+)"
)

_RANDOM = re.compile(r"random:(\d+)")


@dataclass(frozen=True)
class Fingerprint:
    """Everything that features depend on; its text is `Embedder.fingerprint`.

    Attributes
    ----------
    backbone : str
    layer : str
        The layer that gives the features; never None.
    pooling : str
    size : str
        "224x224", height and width, or "own".
    interpolation : str
    decode : {"exact", "fast"}
    steps : str
        Names of the steps with ``+`` between them; "" for none.
    precision : str
    weights_sha256 : str
        SHA-256 of the weights up to the layer.
    keras : str
        Version of Keras.
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

    @property
    def name(self) -> str:
        """A short name: the network, its layer unless that is the usual one, and the pooling unless it is average."""
        layer = "" if self.layer == find_backbone(self.backbone).layer else self.layer
        pooling = "" if self.pooling == "avg" else self.pooling
        return " ".join(filter(None, (self.backbone, layer, pooling)))

    def settings(self) -> dict[str, Any]:
        """Return the arguments for an `Embedder` of these features, except for the weights.

        Raises
        ------
        SettingError
            A step is the user's own function, which text cannot contain.
        """
        steps = tuple(self.steps.split("+")) if self.steps else ()
        own = [step.removeprefix("own:") for step in steps if step.startswith("own:")]
        if own:
            raise SettingError(
                f"The features need a step of your own, {own[0]}, which no file can contain: create the embedder in a "
                "script."
            )
        return {
            "backbone": self.backbone,
            "layer": self.layer,
            "pooling": self.pooling,
            "image_size": OWN_SIZE if self.size == OWN_SIZE else tuple(map(int, self.size.split("x"))),
            "interpolation": self.interpolation,
            "fast_decode": self.decode == "fast",
            "steps": steps,
            "precision": self.precision,
        }


def make_fingerprint(
    backbone: str,
    layer: str,
    pooling: str,
    image_size: tuple[int, int] | None,
    interpolation: str,
    steps: Sequence[str | Step],
    weights_sha256: str,
    *,
    fast_decode: bool = False,
    precision: str = "float32",
) -> Fingerprint:
    """Return the fingerprint of features, with the installed version of Keras.

    The poolings "auto" and "avg" give the same features, and so the same fingerprint.

    Parameters
    ----------
    backbone, pooling, interpolation, steps, fast_decode, precision
        As for `Embedder`.
    layer : str
        The layer that gives the features.
    image_size : tuple of int or None
        (height, width) in pixels; None for images of their own sizes.
    weights_sha256 : str
        SHA-256 of the weights up to the layer.
    """
    return Fingerprint(
        backbone=find_backbone(backbone).name,
        layer=layer,
        pooling="avg" if pooling == "auto" else pooling,
        size="{}x{}".format(*image_size) if image_size else OWN_SIZE,
        interpolation=interpolation,
        decode="fast" if fast_decode else "exact",
        steps=name_steps(read_steps(steps)),
        precision=precision,
        weights_sha256=weights_sha256,
        keras=version("keras"),
    )


def read_fingerprint(text: str) -> Fingerprint:
    """Read the text of a fingerprint.

    Raises
    ------
    SettingError
        The text is not a fingerprint of this version.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise SettingError(f"Expected the fingerprint of features, such as `Embedder.fingerprint`, found {text!r}.")
    return Fingerprint(**{name: value or "" for name, value in match.groupdict().items()})


@lru_cache
def feature_prefix(fingerprint: str) -> str:
    """Return what names of features may begin with to tell networks apart, `Fingerprint.name`; "" if it is unknown."""
    try:
        return read_fingerprint(fingerprint).name
    except (SettingError, UnknownBackboneError):
        return ""


def difference(one: str, other: str) -> tuple[str, str]:
    """Return the words in which two fingerprints differ, without the weights if the network or layer differs."""
    ones, others = one.split(" "), other.split(" ")
    differing = [word for word in ones if word not in others], [word for word in others if word not in ones]
    if any(word == ones[0] or word.startswith("layer=") for word in differing[0]):
        differing = tuple([word for word in words if not word.startswith("weights=")] for words in differing)
    return " ".join(differing[0]) or one, " ".join(differing[1]) or other


def without_keras(fingerprint: str) -> str:
    """Return a fingerprint without the version of Keras, which seldom changes features, so that models ignore it."""
    return fingerprint.rpartition(" keras=")[0]


def name_weights(weights: Any, seed: int) -> str:
    """Return a name for an embedder's weights: "imagenet", "random:0" (the seed), or an absolute path."""
    if weights is None:
        return f"random:{seed}"
    return weights if weights == "imagenet" else os.path.abspath(os.path.expanduser(weights))


def weights_settings(name: str) -> dict[str, Any]:
    """Return the arguments of an `Embedder` for a name from `name_weights`; "" stands for ImageNet's weights."""
    match = _RANDOM.fullmatch(name)
    return {"weights": None, "seed": int(match[1])} if match else {"weights": name or "imagenet"}
