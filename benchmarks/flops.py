"""Count the arithmetic operations of a Keras network."""

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

VGG16_GFLOP = 30.95
"""Known GFLOP of VGG16 up to its second dense layer, at 224 x 224, to check the count."""


def count_gflop(model: "keras.Model") -> float:
    """Count multiplications and additions of convolutions and dense layers for one image; the rest is small.

    Parameters
    ----------
    model : keras.Model
        Its image size is fixed, and every layer is called once.

    Returns
    -------
    float
        GFLOP: units of 1e9 operations, where a multiplication with its addition is two.
    """
    return sum(map(_multiplications, _layers_of(model))) * 2 / 1e9


def check_count(backbone: str, gflop: float) -> None:
    """Check the count for VGG16 against the known value.

    Raises
    ------
    RuntimeError
        The count is wrong.
    """
    if backbone == "VGG16" and abs(gflop - VGG16_GFLOP) > 0.02 * VGG16_GFLOP:
        raise RuntimeError(f"VGG16 takes {VGG16_GFLOP} GFLOP per image, not {gflop:.2f}: the count is wrong.")


def _layers_of(model: "keras.Model") -> Iterator["keras.Layer"]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _layers_of(layer)
        else:
            yield layer


def _multiplications(layer: "keras.Layer") -> int:
    from keras import layers

    if isinstance(layer, layers.Dense):
        return prod(layer.kernel.shape) * prod(layer.output.shape[1:-1])
    kernels = {
        layers.Conv2D: ("kernel",),
        layers.DepthwiseConv2D: ("kernel",),
        layers.SeparableConv2D: ("depthwise_kernel", "pointwise_kernel"),
    }
    names = kernels.get(type(layer), ())
    # Every weight of a kernel is used once for each position of the output (channels last).
    return sum(prod(getattr(layer, name).shape) for name in names) * prod(layer.output.shape[1:3])
