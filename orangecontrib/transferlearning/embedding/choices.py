"""The text that chooses networks and their layers, such as "SqueezeNet+EfficientNetLite0:block7a_project_bn"."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..backbones.backbone import Backbone
from ..backbones.registry import find_backbone
from ..errors import SettingError
from .presets import find_preset

_JOIN, _LAYER = "+", ":"


@dataclass(frozen=True)
class NetworkChoice:
    """A network, and the layer that gives the features.

    Attributes
    ----------
    backbone : str
        Name of the network, as the registry spells it.
    layer : str or None
        None for the network's own layer.
    """

    backbone: str
    layer: str | None = None

    def __str__(self) -> str:
        return f"{self.backbone}{_LAYER}{self.layer}" if self.layer else self.backbone

    @property
    def record(self) -> Backbone:
        """The record of the network."""
        return find_backbone(self.backbone)


def read_choices(text: str) -> tuple[NetworkChoice, ...]:
    """Read a choice of one network, or of several whose features are joined.

    Parameters
    ----------
    text : str
        Names of networks with ``+`` between them; ``:LAYER`` after a name chooses another layer than its own.

    Raises
    ------
    UnknownBackboneError
        There is no such network.
    SettingError
        A name or layer is empty, a preset is among the names, or a network and layer is there twice.
    """
    if not isinstance(text, str):
        find_backbone(text)  # raises
    choices = tuple(map(_read_choice, text.split(_JOIN)))
    twice = next((each for each in choices if choices.count(each) > 1), None)
    if twice:
        raise SettingError(f"{twice} is there twice in {text!r}; its features would only be repeated.")
    return choices


def _read_choice(text: str) -> NetworkChoice:
    name, colon, layer = (part.strip() for part in text.partition(_LAYER))
    if not name:
        raise SettingError("A name of a network is missing: expected NAME or NAME:LAYER, with + between several.")
    if find_preset(name):
        raise SettingError(f"{name} is a preset, which goes with no other network or layer: name networks instead.")
    record = find_backbone(name)
    if colon and not layer:
        raise SettingError(f"Expected the name of a layer after the colon in {text!r}.")
    return NetworkChoice(record.name, None if layer in ("", record.layer) else layer)


def check_alone(text: str, layer: str) -> None:
    """Check that a choice is one network without a layer, as the layer is given apart from it.

    Raises
    ------
    SettingError
        It is not.
    """
    if _JOIN in text or _LAYER in text:
        raise SettingError(
            f"The layer {layer!r} is for one network that is named without a layer, not for {text!r}: name each layer "
            "after its network, as in NETWORK:LAYER."
        )


def write_choices(choices: Sequence[NetworkChoice]) -> str:
    """Return the text that `read_choices` reads."""
    return _JOIN.join(map(str, choices))
