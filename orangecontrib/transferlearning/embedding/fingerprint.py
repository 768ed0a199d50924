"""Fingerprints: everything that features depend on, in one line of text that can be read back."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from ..backbones.loading import OWN_SIZE
from ..backbones.preprocessing import AUTO
from ..backbones.registry import find_backbone
from ..errors import SettingError, UnknownBackboneError
from ..images.steps import Step, name_steps, read_steps
from .choices import NetworkChoice, write_choices
from .scaling import NONE, SCALINGS

_JOIN = " + "

_PATTERN = re.compile(
    r"(?P<backbone>\S+) layer=(?P<layer>.+) pooling=(?P<pooling>\w+) size=(?P<size>\d+x\d+|own)"
    r" interpolation=(?P<interpolation>\w+) decode=(?P<decode>fast|exact) (?:steps=(?P<steps>\S+) )?"
    r"(?:preprocessing=(?P<preprocessing>\S+) )?(?:views=(?P<views>mirrored) )?"
    r"precision=(?P<precision>\w+) weights=sha256:(?P<weights_sha256>[0-9a-f]+) keras=(?P<keras>\S+)"
)

_ALL = re.compile(rf"(?P<parts>.*?)(?: scaling=(?P<scaling>{'|'.join(SCALINGS)}))?", re.DOTALL)

_BORDER = re.compile(r"(?<=\S) \+ (?=\S+ layer=)")

_KERAS = re.compile(rf" keras=\S+(?= \+ |(?: scaling=(?:{'|'.join(SCALINGS)}))?$)")

_RANDOM = re.compile(r"random:(\d+)")


@dataclass(frozen=True)
class NetworkFingerprint:
    """Everything that the features of one network depend on.

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
    preprocessing : str
        "none", "0-1" or the name of a network; "" for that of the backbone.
    views : str
        "mirrored" if features are the mean of those of the image and of its mirror image; "" for the image alone.
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
    preprocessing: str
    views: str
    precision: str
    weights_sha256: str
    keras: str

    def __str__(self) -> str:
        steps = f"steps={self.steps} " if self.steps else ""
        preprocessing = f"preprocessing={self.preprocessing} " if self.preprocessing else ""
        views = f"views={self.views} " if self.views else ""
        return (
            f"{self.backbone} layer={self.layer} pooling={self.pooling} size={self.size} "
            f"interpolation={self.interpolation} decode={self.decode} {steps}{preprocessing}{views}"
            f"precision={self.precision} weights=sha256:{self.weights_sha256} keras={self.keras}"
        )

    @property
    def name(self) -> str:
        """A short name: the network, its layer unless that is the usual one, and the pooling unless it is average."""
        layer = "" if self.layer == find_backbone(self.backbone).layer else self.layer
        pooling = "" if self.pooling == "avg" else self.pooling
        return " ".join(filter(None, (self.backbone, layer, pooling, self.views)))

    @property
    def image_size(self) -> tuple[int, int] | str:
        """(height, width) in pixels, or "own"."""
        return OWN_SIZE if self.size == OWN_SIZE else tuple(map(int, self.size.split("x")))

    @property
    def choice(self) -> NetworkChoice:
        """The network and its layer."""
        return NetworkChoice(self.backbone, None if self.layer == find_backbone(self.backbone).layer else self.layer)


@dataclass(frozen=True)
class Fingerprint:
    """Everything that features depend on; its text is `Embedder.fingerprint`.

    Attributes
    ----------
    parts : tuple of NetworkFingerprint
        The networks whose features are side by side, in this order.
    scaling : {"none", "l2", "orange"}
    """

    parts: tuple[NetworkFingerprint, ...]
    scaling: str = NONE

    def __str__(self) -> str:
        scaling = "" if self.scaling == NONE else f" scaling={self.scaling}"
        return f"{_JOIN.join(map(str, self.parts))}{scaling}"

    @property
    def name(self) -> str:
        """A short name of all networks, with the scaling unless it is none."""
        return " ".join([_JOIN.join(part.name for part in self.parts), *[self.scaling] * (self.scaling != NONE)])

    @property
    def backbone(self) -> str:
        """The argument `backbone` of an `Embedder` of these features."""
        if len(self.parts) == 1:
            return self.parts[0].backbone
        return write_choices([part.choice for part in self.parts])

    def settings(self) -> dict[str, Any]:
        """Return the arguments for an `Embedder` of these features, except for the weights.

        Raises
        ------
        SettingError
            A step is the user's own function, which text cannot contain.
        """
        first = self.parts[0]
        steps = tuple(first.steps.split("+")) if first.steps else ()
        own = [step.removeprefix("own:") for step in steps if step.startswith("own:")]
        if own:
            raise SettingError(
                f"The features need a step of your own, {own[0]}, which no file can contain: create the embedder in a "
                "script."
            )
        is_one = len(self.parts) == 1
        return {
            "backbone": self.backbone,
            "layer": first.layer if is_one else None,
            "pooling": first.pooling,
            "image_size": first.image_size if is_one else self._common_size(),
            "interpolation": first.interpolation,
            "fast_decode": first.decode == "fast",
            "steps": steps,
            "preprocessing": first.preprocessing or (first.backbone if is_one else AUTO),
            "precision": first.precision,
            "mirrored": bool(first.views),
            "scaling": self.scaling,
        }

    def _common_size(self) -> tuple[int, int] | str | None:
        """Return the size of all networks' images; None if each has its own."""
        if all(part.image_size == find_backbone(part.backbone).image_size for part in self.parts):
            return None
        return self.parts[0].image_size


def make_fingerprint(
    backbone: str,
    layer: str,
    pooling: str,
    image_size: tuple[int, int] | None,
    interpolation: str,
    steps: Sequence[str | Step],
    weights_sha256: str,
    preprocessing: str,
    *,
    fast_decode: bool = False,
    precision: str = "float32",
    mirrored: bool = False,
    keras: str = "",
) -> NetworkFingerprint:
    """Return the fingerprint of the features of one network.

    The poolings "auto" and "avg" give the same features, and so the same fingerprint.

    Parameters
    ----------
    backbone, pooling, interpolation, steps, fast_decode, precision, mirrored
        As for `Embedder`.
    layer : str
        The layer that gives the features.
    image_size : tuple of int or None
        (height, width) in pixels; None for images of their own sizes.
    weights_sha256 : str
        SHA-256 of the weights up to the layer.
    preprocessing : str
        The preprocessing that was taken: "none", "0-1" or the name of a network.
    keras : str
        Version of Keras that built the network; "" for the installed one.
    """
    backbone = find_backbone(backbone).name
    return NetworkFingerprint(
        backbone=backbone,
        layer=layer,
        pooling="avg" if pooling == "auto" else pooling,
        size="{}x{}".format(*image_size) if image_size else OWN_SIZE,
        interpolation=interpolation,
        decode="fast" if fast_decode else "exact",
        steps=name_steps(read_steps(steps)),
        preprocessing="" if preprocessing == backbone else preprocessing,
        views="mirrored" if mirrored else "",
        precision=precision,
        weights_sha256=weights_sha256,
        keras=keras or version("keras"),
    )


def read_fingerprint(text: str) -> Fingerprint:
    """Read the text of a fingerprint.

    Raises
    ------
    SettingError
        The text is not a fingerprint of this version.
    """
    whole = _ALL.fullmatch(text)
    matches = [_PATTERN.fullmatch(part) for part in _BORDER.split(whole["parts"])]
    if None in matches:
        raise SettingError(f"Expected the fingerprint of features, such as `Embedder.fingerprint`, found {text!r}.")
    parts = [NetworkFingerprint(**{name: value or "" for name, value in m.groupdict().items()}) for m in matches]
    return Fingerprint(tuple(parts), whole["scaling"] or NONE)


@lru_cache
def feature_prefix(fingerprint: str) -> str:
    """Return what names of features may begin with to tell networks apart, `Fingerprint.name`; "" if it is unknown."""
    try:
        return read_fingerprint(fingerprint).name
    except (SettingError, UnknownBackboneError):
        return ""


def difference(one: str, other: str) -> tuple[str, str]:
    """Return the words in which two texts differ, such as fingerprints, without weights if a network or layer differs.

    If other networks or layers are joined, all of them are described, by the words that not all have in common.
    """
    parts = _BORDER.split(one), _BORDER.split(other)
    layers = [[part.split(" ")[:2] for part in side] for side in parts]
    ones, others = one.split(" "), other.split(" ")
    if max(map(len, parts)) > 1:
        if layers[0] != layers[1]:
            common = set.intersection(*(set(part.split(" ")) for part in (*parts[0], *parts[1])))
            return tuple(" + ".join(_other_words(part, common) for part in side) for side in parts)
        # Joined networks repeat words.
        ones, others = list(dict.fromkeys(ones)), list(dict.fromkeys(others))
    differing = [word for word in ones if word not in others], [word for word in others if word not in ones]
    if any(word == ones[0] or word.startswith("layer=") for word in differing[0]):
        differing = tuple([word for word in words if not word.startswith("weights=")] for words in differing)
    return " ".join(differing[0]) or one, " ".join(differing[1]) or other


def _other_words(part: str, common: set[str]) -> str:
    """Return the words of a network's fingerprint that are not common to all, and not its weights."""
    return " ".join(word for word in part.split(" ") if word not in common and not word.startswith("weights="))


def without_keras(fingerprint: str) -> str:
    """Return a fingerprint without the version of Keras, which seldom changes features, so that models ignore it."""
    return _KERAS.sub("", fingerprint)


def name_weights(weights: Any, seed: int) -> str:
    """Return a name for an embedder's weights: "imagenet", "random:0" (the seed), or an absolute path."""
    if weights is None:
        return f"random:{seed}"
    return weights if weights == "imagenet" else os.path.abspath(os.path.expanduser(weights))


def weights_settings(name: str) -> dict[str, Any]:
    """Return the arguments of an `Embedder` for a name from `name_weights`; "" stands for ImageNet's weights."""
    match = _RANDOM.fullmatch(name)
    return {"weights": None, "seed": int(match[1])} if match else {"weights": name or "imagenet"}
