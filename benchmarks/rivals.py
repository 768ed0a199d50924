"""Other software that runs the same network: plain OpenVINO, ONNX Runtime, PyTorch."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

TORCHVISION = {
    "InceptionV3": "inception_v3",
    "MobileNetV2": "mobilenet_v2",
    "ResNet50": "resnet50",
    "SqueezeNet": "squeezenet1_1",
    "VGG16": "vgg16",
    "VGG19": "vgg19",
}
"""Names of the same networks, with their classifiers, in torchvision; it lacks the others."""

MAX_ONNX_BYTES = 150_000_000
"""Largest weights that are written as ONNX: tf2onnx took more than 23 GB of memory for VGG16's 550 MB."""


def plain_openvino(model: "keras.Model", images: np.ndarray, precision: str) -> Callable[[], object]:
    """Export a network from Keras to OpenVINO, and run it at a fixed batch size with OpenVINO's defaults.

    Parameters
    ----------
    model : keras.Model
        A model from uint8 pixels to features.
    images : ndarray of shape (n_images, height, width, 3), uint8
    precision : {"float32", "bfloat16"}

    Returns
    -------
    callable
        Runs one forward pass.
    """
    import openvino

    core = openvino.Core()
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder, "network.xml")
        model.export(str(path), format="openvino", verbose=False)
        exported = core.read_model(path)
        exported.reshape(list(images.shape))
        hint = {"float32": "f32", "bfloat16": "bf16"}[precision]
        request = core.compile_model(exported, "CPU", {"INFERENCE_PRECISION_HINT": hint}).create_infer_request()
    return lambda: request.infer([images], share_inputs=True, share_outputs=True)


def onnx_runtime(model: "keras.Model", images: np.ndarray) -> Callable[[], object]:
    """Export a network from Keras to ONNX by tf2onnx, and run it in float32.

    Parameters
    ----------
    model : keras.Model
        A model from uint8 pixels to features.
    images : ndarray of shape (n_images, height, width, 3), uint8

    Returns
    -------
    callable
        Runs one forward pass.

    Raises
    ------
    ValueError
        The weights are larger than `MAX_ONNX_BYTES`.
    """
    import onnxruntime
    import tf2onnx  # noqa: F401 - for a short message where it is missing

    if sum(value.nbytes for value in model.get_weights()) > MAX_ONNX_BYTES:
        raise ValueError("tf2onnx takes too much memory for so many weights")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder, "network.onnx")
        model.export(str(path), format="onnx", verbose=False)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: images})


def pytorch(backbone: str, images: np.ndarray, precision: str) -> Callable[[], object]:
    """Run torchvision's network of that name: random weights, channels last, pixels preprocessed beforehand.

    Parameters
    ----------
    backbone : str
    images : ndarray of shape (n_images, height, width, 3), uint8
    precision : {"float32", "bfloat16"}

    Returns
    -------
    callable
        Runs one forward pass.

    Raises
    ------
    ValueError
        torchvision has no such network.
    """
    import torch
    import torchvision

    if backbone not in TORCHVISION:
        raise ValueError("torchvision has no such network")
    options = {"init_weights": False} if backbone == "InceptionV3" else {}
    model = getattr(torchvision.models, TORCHVISION[backbone])(weights=None, **options).eval()
    dtype = getattr(torch, precision)
    model = model.to(dtype=dtype, memory_format=torch.channels_last)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).to(dtype=dtype, memory_format=torch.channels_last) / 255

    def forward() -> object:
        with torch.inference_mode():
            return model(pixels)

    return forward
