"""Preprocessing: what a network does with pixels before its first layer, and whether a saved model does it itself."""

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import SettingError, UnknownBackboneError
from .backbone import Backbone
from .layers import leaf_steps
from .registry import BACKBONES, find_backbone

if TYPE_CHECKING:
    import keras


READING_PIXELS = {"convnext", "efficientnet", "efficientnet_v2", "mobilenet_v3"}
"""Modules of `keras.applications` whose networks scale pixels themselves: their preprocessing changes nothing."""

AUTO, NONE, FRACTIONS = "auto", "none", "0-1"
"""Choices besides the names of networks: look at the model, keep pixels within 0-255, or divide them by 255."""


def check_preprocessing(name: str) -> str:
    """Check a choice of preprocessing, and return it as the registry spells it.

    Parameters
    ----------
    name : str
        "auto", "none", "0-1", or the name of a network.

    Raises
    ------
    SettingError
        There is no such preprocessing.
    """
    if name in (AUTO, NONE, FRACTIONS):
        return name
    try:
        return find_backbone(name).name
    except UnknownBackboneError as error:
        raise SettingError(
            f"The preprocessing must be {AUTO!r}, {NONE!r}, {FRACTIONS!r} or the name of a network, not {name!r}."
        ) from error


def preprocess_function(name: str) -> Callable[[Any], Any]:
    """Return the function from pixels, float32, 0-255, to what a network reads.

    Parameters
    ----------
    name : str
        "none", "0-1", or the name of a network.
    """
    if name == NONE:
        return lambda pixels: pixels
    if name == FRACTIONS:
        return lambda pixels: pixels / 255
    return network_module(BACKBONES[name]).preprocess_input


def network_module(backbone: Backbone) -> ModuleType:
    """Import the module with the preprocessing of a network, of `keras.applications` or of ours."""
    return importlib.import_module(f"{__package__ if backbone.package else 'keras.applications'}.{backbone.module}")


def scales_pixels(model: "keras.Model") -> bool:
    """Return whether a model scales or shifts its pixels before its first layer with weights.

    It does with a layer `Rescaling` or `Normalization`, and with arithmetic such as that of the `preprocess_input` of
    `keras.applications`; also where they are in a model inside the model.
    """
    from keras import layers

    for step in leaf_steps(model):
        if isinstance(step, layers.Rescaling | layers.Normalization) or type(step).__name__ in _ARITHMETIC:
            return True
        if getattr(step, "weights", ()):
            return False
    return False


_ARITHMETIC = {"Add", "Divide", "Multiply", "Subtract", "TrueDivide"}
"""Names of Keras' operations with numbers; layers of these names join branches, which come after weights."""
