"""Convert a network to OpenVINO's format, and run it with OpenVINO."""

import threading
from pathlib import Path
from typing import Any

import numpy as np

from ..backbones.libraries import import_openvino
from ..backbones.network import Network
from ..errors import SinkError, first_line
from .engine import UnfitError, batch_memory_error, pad_batch, precision_error

NETWORK_FILE, WEIGHTS_FILE = "network.xml", "network.bin"
"""Names of the two files of a network in its folder."""

MIN_IMAGES_PER_STREAM = 8
"""Smallest number of images of a batch for each stream. Threads that each compute their own images never wait for each
other, unlike threads that share one image: on two cores, this gives 1.1 to 1.4 times as many images per second."""

PARTS_PER_STREAM = 2
"""Number of parts of a batch that each stream computes: with one part, a fast stream waits for a slow one."""

HEAVY_BYTES = 400_000_000
"""Size of weights from which each stream gets one part only: they are read from memory once per part, which costs more
than waiting for a slow stream. VGG16 in bfloat16 on two cores has 0.93 of plain OpenVINO's speed with two parts, and
1.01 with one."""


def export(network: Network, folder: Path) -> None:
    """Write a network in OpenVINO's format, in a process whose Keras runs on OpenVINO.

    Keras' own ``model.export`` traces a batch of one image and replaces unknown sizes by 1, and both are then fixed in
    the graph (of EfficientNet and VGG, for example). Here the network is called once with open sizes. Keras also
    transposes the maps of every layer to OpenVINO's order of axes and back. OpenVINO removes these transpositions for
    TensorFlow's networks, but for others only if it is asked to. With them, ResNet50 takes twice as long, and
    MobileNetV2 three times.

    Parameters
    ----------
    network : Network
    folder : Path
        An existing folder, into which `NETWORK_FILE` and `WEIGHTS_FILE` are written.

    Raises
    ------
    UnfitError
        OpenVINO does not support a part of the network.
    """
    import_openvino()
    import keras
    from openvino import Model, Type, opset13, serialize
    from openvino._offline_transformations import apply_moc_transformations
    from openvino.frontend import FrontEndManager

    sides = [-1 if side is None else side for side in network.pixels_shape]
    pixels = opset13.parameter([-1, *sides], Type.u8)
    try:
        features = network.model(keras.ops.convert_to_tensor(pixels.output(0)), training=False)
        model = Model([opset13.result(features.output)], [pixels])
        # This comes first: transpositions are removed across a batch normalization only once it is a product and a sum.
        apply_moc_transformations(model, cf=True)
        FrontEndManager().load_by_framework("tf").normalize(model)
    except (ValueError, RuntimeError, TypeError, NotImplementedError, AttributeError) as error:
        raise UnfitError(f"OpenVINO cannot run this network ({first_line(error)}).") from error
    try:
        serialize(model, folder / NETWORK_FILE)
    except RuntimeError as error:
        raise SinkError(
            f"Cannot write the converted network to {folder}: is the disk full? ({first_line(error)})"
        ) from error


def check_readable(folder: Path) -> None:
    """Check that the installed OpenVINO can read a network, which another version may have written.

    Parameters
    ----------
    folder : Path
        A folder with `NETWORK_FILE` and `WEIGHTS_FILE`.

    Raises
    ------
    UnfitError
    """
    import_openvino()
    import openvino

    core = openvino.Core()
    # Windows moves no file that is mapped into memory.
    core.set_property({"ENABLE_MMAP": False})
    try:
        core.read_model(folder / NETWORK_FILE)
    except RuntimeError as error:
        raise UnfitError(first_line(error)) from error


class OpenVinoEngine:
    """A network compiled with OpenVINO; several threads may call it, and each waits for its turn.

    Parameters
    ----------
    folder : Path
        The folder that `export` has written; it is not needed afterwards.
    batch_size : int
    precision : {"float32", "bfloat16", "float16"}

    Raises
    ------
    SettingError
        The processor does not have the precision.
    UnfitError
        The folder has no network that OpenVINO can read.
    """

    title = "OpenVINO"

    def __init__(self, folder: Path, batch_size: int, precision: str) -> None:
        import_openvino()
        import openvino

        self._turn = threading.Lock()
        core = openvino.Core()
        openvino_name = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}[precision]
        capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision == "float16" or (precision == "bfloat16" and "BF16" not in capabilities):
            raise precision_error(precision, "OpenVINO on this processor")
        try:
            model = core.read_model(folder / NETWORK_FILE)
            n_parts = 1 if (folder / WEIGHTS_FILE).stat().st_size > HEAVY_BYTES else PARTS_PER_STREAM
            self._open_queue(core, model, batch_size, n_parts, {"INFERENCE_PRECISION_HINT": openvino_name})
        except RuntimeError as error:
            raise UnfitError(f"OpenVINO cannot run this network ({first_line(error)}).") from error

    def _open_queue(self, core: Any, model: Any, batch_size: int, n_parts: int, options: dict[str, Any]) -> None:
        import openvino

        size = list(model.input().partial_shape)[1:]
        _, n_possible = core.get_property("CPU", "RANGE_FOR_STREAMS")
        n_streams = max(1, min(n_possible, batch_size // MIN_IMAGES_PER_STREAM))
        self._part_size = -(-batch_size // (n_parts * n_streams)) if n_streams > 1 else batch_size
        # A graph of fixed shape is faster, but images of any size cannot have one.
        self._is_fixed = not any(side.is_dynamic for side in size)
        model.reshape([self._part_size if self._is_fixed else -1, *size])
        # Threads that are not pinned to a core leave time to the threads that open images.
        stream_options = {"NUM_STREAMS": n_streams, "ENABLE_CPU_PINNING": False}
        self._queue = openvino.AsyncInferQueue(core.compile_model(model, "CPU", options | stream_options), n_streams)
        self._queue.set_callback(_store_features)
        model.reshape([-1, *size])
        self._rest_request = core.compile_model(model, "CPU", options).create_infer_request()

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute the features of uint8 images, float32 of shape (n_images, *feature_shape); see `Engine`."""
        with self._turn:
            return self._compute(images)

    def _compute(self, images: np.ndarray) -> np.ndarray:
        parts = [images[start : start + self._part_size] for start in range(0, len(images), self._part_size)]
        features: list = [None] * len(parts)
        if self._is_fixed and 2 * len(parts[-1]) > self._part_size:
            # A padded part takes little more time than the graph for the rest, and that graph's memory is not needed.
            parts[-1] = pad_batch(parts[-1], self._part_size)
        try:
            for index, part in enumerate(parts):
                if len(part) == self._part_size or not self._is_fixed:
                    self._queue.start_async([part], (features, index), share_inputs=True)
            self._queue.wait_all()
            if features[-1] is None:
                features[-1] = np.array(self._rest_request.infer([parts[-1]], share_inputs=True)[0])
        except MemoryError as error:
            raise batch_memory_error(len(images)) from error
        return np.concatenate(features)[: len(images)]


def _store_features(request: Any, target: tuple[list, int]) -> None:
    features, index = target
    features[index] = np.array(request.get_output_tensor(0).data)
