"""In a child: one network at one precision, by our engines and by everybody else."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from orangecontrib.transferlearning.backbones import find_backbone
from orangecontrib.transferlearning.engine import Engine, open_engine
from orangecontrib.transferlearning.networks import Network, build_network
from orangecontrib.transferlearning.openvino_engine import NETWORK_FILE, export

from . import peak, rivals
from .contenders import Contenders
from .flops import check_count, count_gflop

LIGHT = 2
"""Networks of fewer GFLOP a picture get more than one batch for each call of `predict`."""
N_PREDICTED = 4
"""Batches that these get."""


def open_contenders(backbone: str, precision: str, batch_size: int) -> Contenders:
    """Open whatever runs a network with random weights, on one batch of random pictures.

    Parameters
    ----------
    backbone : str
    precision : {"float32", "bfloat16"}
    batch_size : int

    Returns
    -------
    Contenders
        Pictures each, GFLOP for the matrix products.
    """
    network = build_network(find_backbone(backbone), weights=None)
    model = network.model
    images = np.random.default_rng(0).integers(0, 256, (batch_size, *network.image_size, 3), np.uint8)
    gflop = count_gflop(model)
    check_count(backbone, gflop)
    contenders = Contenders(facts={"gflop": gflop})
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        contenders.attempt("ours, OpenVINO", lambda: _ours(network, "openvino", images, precision, folder), batch_size)
        file = Path(folder, NETWORK_FILE)
        contenders.attempt("plain OpenVINO", lambda: rivals.plain_openvino(file, images, precision), batch_size)
        contenders.attempt("ours, TensorFlow", lambda: _ours(network, "tensorflow", images, precision), batch_size)
    alone = "" if precision == "float32" else " (float32)"
    # A call of `predict` costs time of its own, which users share out among several batches.
    many = np.concatenate([images] * (N_PREDICTED if gflop < LIGHT else 1))
    predict = partial(model.predict, many, batch_size=batch_size, verbose=0)
    contenders.attempt(f"predict{alone}", lambda: predict, len(many))
    if precision == "float32":
        contenders.attempt("predict_on_batch", lambda: lambda: model.predict_on_batch(images), batch_size)
        contenders.attempt("ONNX Runtime", lambda: rivals.onnx_runtime(model, images), batch_size)
    contenders.attempt("PyTorch", lambda: rivals.pytorch(backbone, images, precision), batch_size)
    contenders.attempt("product, OpenVINO", lambda: peak.openvino_product(precision), peak.GFLOP)
    contenders.attempt("product, TensorFlow", lambda: peak.tensorflow_product(precision), peak.GFLOP)
    return contenders


def _ours(network: Network, engine: str, images: np.ndarray, precision: str, folder: str = "") -> Callable[[], object]:
    opened = open_alone(network, len(images), engine, precision, folder)
    return lambda: opened(images)


def open_alone(network: Network, batch_size: int, engine: str, precision: str, folder: str) -> Engine:
    """Open the engine that an embedder would use, without the embedder; a folder gets OpenVINO's form."""

    def convert(network: Network) -> Path:
        export(network, Path(folder))
        return Path(folder)

    return open_engine(network, batch_size, engine, precision, convert)
