"""The scaling of channels that EfficientNetB0-B7 have in Keras only with ImageNet's weights.

Keras builds these networks with one more `Rescaling` if their weights are called "imagenet". With weights of the same
file under another name, or at a size that Keras offers no weights for, it is missing.
"""

import math
from typing import TYPE_CHECKING, Any

from .backbone import Backbone
from .layers import set_weights

if TYPE_CHECKING:
    import keras


SCALING = "rescaling_1"
"""Name of the layer in Keras' own network."""

# ImageNet's standard deviations, from `keras.applications.efficientnet`. The files with the weights have them in place
# of variances, so that the network divides by their roots twice.
_DEVIATIONS = (0.229, 0.224, 0.225)


def needs_scaling(backbone: Backbone, model: "keras.Model") -> bool:
    """Return whether a network that was built without the scaling has weights that were trained with it.

    A network that was never trained on ImageNet's weights has means of 0 and variances of 1: Keras only offers to
    change them by `adapt`, which no guide to these networks uses.
    """
    if backbone.module != "efficientnet" or has_scaling(model):
        return False
    means, variances, _ = model.get_layer("normalization").get_weights()
    return bool(means.any() or (variances != 1).any())


def has_scaling(model: "keras.Model") -> bool:
    """Return whether a network of this family has the scaling."""
    return any(layer.name == SCALING for layer in model.layers)


def with_scaling(model: "keras.Model") -> "keras.Model":
    """Return a copy of a network with the scaling after the normalization."""
    import keras

    scaling = keras.layers.Rescaling([1 / math.sqrt(deviation) for deviation in _DEVIATIONS], name=SCALING)

    def call(layer: Any, *arguments: Any, **options: Any) -> Any:
        outputs = layer(*arguments, **options)
        return scaling(outputs) if layer.name == "normalization" else outputs

    def copy(layer: "keras.Layer") -> "keras.Layer":
        return type(layer).from_config(layer.get_config())

    scaled = keras.models.clone_model(model, clone_function=copy, call_function=call)
    set_weights(scaled, model.get_weights())
    return scaled
