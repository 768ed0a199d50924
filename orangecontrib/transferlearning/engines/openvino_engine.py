"""Runs a network with OpenVINO, from the form that Keras exports it to."""

import threading
from pathlib import Path
from typing import Any

import numpy as np

from ..backbones.libraries import import_openvino
from ..backbones.network import Network
from ..errors import first_line
from .engine import UnfitError, does_not_fit, filled, lacks

NETWORK_FILE, WEIGHTS_FILE = "network.xml", "network.bin"
"""In a folder of their own."""

STREAM_IMAGES = 8
"""Images of a batch for each stream at least. Threads that compute images of their own never wait for each other,
as those do that share the work of one: on two cores, 1.1 to 1.4 times as many images a second came out."""

PARTS_PER_STREAM = 2
"""Parts of a batch that a stream computes, one after another: with one, it might have to wait for a slower one."""

HEAVY_BYTES = 400_000_000
"""Weights of so much (VGG's dense layers) are read from memory once a part, which costs more than that waiting: streams
get one part each. VGG16 in bfloat16, on two cores: 0.93 of plain OpenVINO with two parts, 1.01 with one."""


def export(network: Network, folder: Path) -> None:
    """Write a network in OpenVINO's form, in a process whose Keras runs on OpenVINO.

    Keras' own ``model.export`` traces a batch of one, and takes a size that it does not know for 1: both stay in the
    graph then (in EfficientNet, VGG). Here the network is called once with sizes that are left open. Keras also turns
    every layer's maps from its own order of axes to OpenVINO's and back, which OpenVINO undoes only when it is asked to
    (it does for TensorFlow's networks): without, ResNet50 takes twice as long and MobileNetV2 three times.

    Parameters
    ----------
    network : Network
    folder : Path
        An existing one, which gets `NETWORK_FILE` and its weights.

    Raises
    ------
    UnfitError
        The network has parts that OpenVINO does not know.
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
        # First, as turned axes are not undone across a batch normalization that is not yet a product and a sum.
        apply_moc_transformations(model, cf=True)
        FrontEndManager().load_by_framework("tf").normalize(model)
        serialize(model, folder / NETWORK_FILE)
    except (ValueError, RuntimeError, TypeError, NotImplementedError, AttributeError) as error:
        raise UnfitError(f"OpenVINO cannot run this network ({first_line(error)}).") from error


class OpenVinoEngine:
    """A compiled network; any thread may call it, and waits for its turn.

    Parameters
    ----------
    folder : Path
        With what `export` has written; needed only here.
    batch_size : int
    precision : {"float32", "bfloat16", "float16"}

    Raises
    ------
    SettingError
        The processor lacks the precision.
    UnfitError
        The folder holds no network that OpenVINO can read.
    """

    title = "OpenVINO"

    def __init__(self, folder: Path, batch_size: int, precision: str) -> None:
        import_openvino()
        import openvino

        self._turn = threading.Lock()
        core = openvino.Core()
        short = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}[precision]
        capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision == "float16" or (precision == "bfloat16" and "BF16" not in capabilities):
            raise lacks(precision, "OpenVINO on this processor")
        try:
            model = core.read_model(folder / NETWORK_FILE)
            n_parts = 1 if (folder / WEIGHTS_FILE).stat().st_size > HEAVY_BYTES else PARTS_PER_STREAM
            self._open_queue(core, model, batch_size, n_parts, {"INFERENCE_PRECISION_HINT": short})
        except RuntimeError as error:
            raise UnfitError(f"OpenVINO cannot run this network ({first_line(error)}).") from error

    def _open_queue(self, core: Any, model: Any, batch_size: int, n_parts: int, options: dict[str, Any]) -> None:
        import openvino

        size = list(model.input().partial_shape)[1:]
        _, n_possible = core.get_property("CPU", "RANGE_FOR_STREAMS")
        n_streams = max(1, min(n_possible, batch_size // STREAM_IMAGES))
        self._n_each = -(-batch_size // (n_parts * n_streams)) if n_streams > 1 else batch_size
        # Images of any size have no graph of fixed shape, which is the faster one.
        self._is_fixed = not any(side.is_dynamic for side in size)
        model.reshape([self._n_each if self._is_fixed else -1, *size])
        # Threads that are not bound to a core give way to those that open images meanwhile.
        several = {"NUM_STREAMS": n_streams, "ENABLE_CPU_PINNING": False}
        self._queue = openvino.AsyncInferQueue(core.compile_model(model, "CPU", options | several), n_streams)
        self._queue.set_callback(_keep)
        model.reshape([-1, *size])
        self._rest = core.compile_model(model, "CPU", options).create_infer_request()

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute features, float32 of shape (n_images, *feature_shape), of uint8 images; see `Engine`."""
        with self._turn:
            return self._compute(images)

    def _compute(self, images: np.ndarray) -> np.ndarray:
        parts = [images[start : start + self._n_each] for start in range(0, len(images), self._n_each)]
        features: list = [None] * len(parts)
        if self._is_fixed and 2 * len(parts[-1]) > self._n_each:
            # Filling up takes less memory than the other graph's own, and little more time.
            parts[-1] = filled(parts[-1], self._n_each)
        try:
            for place, part in enumerate(parts):
                if len(part) == self._n_each or not self._is_fixed:
                    self._queue.start_async([part], (features, place), share_inputs=True)
            self._queue.wait_all()
            if features[-1] is None:
                features[-1] = np.array(self._rest.infer([parts[-1]], share_inputs=True)[0])
        except MemoryError as error:
            raise does_not_fit(len(images)) from error
        return np.concatenate(features)[: len(images)]


def _keep(request: Any, wanted: tuple[list, int]) -> None:
    features, place = wanted
    features[place] = np.array(request.get_output_tensor(0).data)
