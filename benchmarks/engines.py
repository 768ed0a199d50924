"""Contenders of a child process: one network at one precision, in our engines and in other software."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from orangecontrib.transferlearning.backbones.network import build_network
from orangecontrib.transferlearning.backbones.registry import find_backbone
from orangecontrib.transferlearning.engines.engine import Engine, open_engine
from orangecontrib.transferlearning.engines.opening import NetworkSpec

from . import peak, rivals
from .contenders import Contenders
from .flops import check_count, count_gflop

LIGHT_GFLOP = 2
"""GFLOP per image below which a call of `predict` gets more than one batch."""
N_PREDICTED = 4
"""Number of batches in such a call."""


def open_contenders(backbone: str, precision: str, batch_size: int) -> Contenders:
    """Open everything that can run a network with random weights, on one batch of random images.

    Parameters
    ----------
    backbone : str
    precision : {"float32", "bfloat16"}
    batch_size : int

    Returns
    -------
    Contenders
        Their amounts are images, and GFLOP for the matrix products.
    """
    spec = network_spec(backbone, None, batch_size, precision)
    network = build_network(spec.backbone, weights=None)
    model = network.model
    images = np.random.default_rng(0).integers(0, 256, (batch_size, *network.image_size, 3), np.uint8)
    gflop = count_gflop(model)
    check_count(backbone, gflop)
    contenders = Contenders(facts={"gflop": gflop})

    def run(engine: Engine) -> Callable[[], object]:
        return lambda: engine(images)

    contenders.attempt("ours, OpenVINO", lambda: run(replace(spec, engine="openvino").open()[1]), batch_size)
    contenders.attempt("plain OpenVINO", lambda: rivals.plain_openvino(model, images, precision), batch_size)
    contenders.attempt("ours, TensorFlow", lambda: run(open_engine(network, batch_size, precision)), batch_size)
    alone = "" if precision == "float32" else " (float32)"
    # A call of `predict` takes extra time, which users spread over several batches.
    many = np.concatenate([images] * (N_PREDICTED if gflop < LIGHT_GFLOP else 1))
    predict = partial(model.predict, many, batch_size=batch_size, verbose=0)
    contenders.attempt(f"predict{alone}", lambda: predict, len(many))
    if precision == "float32":
        contenders.attempt("predict_on_batch", lambda: lambda: model.predict_on_batch(images), batch_size)
        contenders.attempt("ONNX Runtime", lambda: rivals.onnx_runtime(model, images), batch_size)
    contenders.attempt("PyTorch", lambda: rivals.pytorch(backbone, images, precision), batch_size)
    contenders.attempt("product, OpenVINO", lambda: peak.openvino_product(precision), peak.GFLOP)
    contenders.attempt("product, TensorFlow", lambda: peak.tensorflow_product(precision), peak.GFLOP)
    return contenders


def network_spec(backbone: str, weights: str | None, batch_size: int, precision: str) -> NetworkSpec:
    """Return the specification of the network that an embedder would open."""
    return NetworkSpec(
        backbone=find_backbone(backbone),
        layer=None,
        pooling="auto",
        weights=weights,
        image_size=None,
        seed=0,
        engine="auto",
        precision=precision,
        batch_size=batch_size,
    )
