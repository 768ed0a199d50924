"""Runs a network with OpenVINO, from the form that Keras exports it to."""

from pathlib import Path

import numpy as np

from .engine import UnfitError, does_not_fit, filled, lacks
from .networks import Network

NETWORK_FILE = "network.xml"
"""In a folder of its own, beside its weights in ``network.bin``."""


def export(network: Network, folder: Path) -> None:
    """Write a network in OpenVINO's form.

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
    from openvino import frontend

    failures = (frontend.GeneralFailure, frontend.OpConversionFailure, frontend.OpValidationFailure)
    try:
        network.model.export(str(folder / NETWORK_FILE), format="openvino", verbose=False)
    except (ValueError, RuntimeError, TypeError, NotImplementedError, AttributeError, ImportError, *failures) as error:
        raise UnfitError(
            f"OpenVINO cannot run this network ({error}): choose the engine 'tensorflow' or 'auto'."
        ) from error


class OpenVinoEngine:
    """A compiled network.

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
        import openvino

        core = openvino.Core()
        short = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}[precision]
        capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision == "float16" or (precision == "bfloat16" and "BF16" not in capabilities):
            raise lacks(precision, "OpenVINO on this processor")
        self._batch_size = batch_size
        try:
            model = core.read_model(folder / NETWORK_FILE)
            # Keras' swish has an output for its gradient: the conversion makes it one of the network, and so every map
            # that goes through one would be copied out.
            for map_for_gradient in model.get_results()[1:]:
                model.remove_result(map_for_gradient)
            size = list(model.input().partial_shape)[1:]
            self._requests = {}
            # Full batches go through a graph of fixed size, which is the faster one, and the rest through another.
            # Pictures of any size have no graph of fixed size.
            for n_images in (-1,) if any(side.is_dynamic for side in size) else (batch_size, -1):
                model.reshape([n_images, *size])
                compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": short})
                self._requests[n_images] = compiled.create_infer_request()
        except RuntimeError as error:
            raise UnfitError(f"OpenVINO cannot run this network ({error}).") from error

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute features, float32 of shape (n_images, *feature_shape), of uint8 pictures; see `Engine`."""
        n_images = len(images)
        if self._batch_size in self._requests and self._batch_size < 2 * n_images < 2 * self._batch_size:
            # Filling up takes less memory than the other graph's own, and little more time.
            images = filled(images, self._batch_size)
        request = self._requests.get(len(images), self._requests[-1])
        try:
            return np.array(request.infer([images], share_inputs=True)[0])[:n_images]
        except MemoryError as error:
            raise does_not_fit(len(images)) from error
