"""In a child: one network at one precision, by our engines and by everybody else."""

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

LIGHT = 2
"""Networks of fewer GFLOP an image get more than one batch for each call of `predict`."""
N_PREDICTED = 4
"""Batches that these get."""


def open_contenders(backbone: str, precision: str, batch_size: int) -> Contenders:
    """Open whatever runs a network with random weights, on one batch of random images.

    Parameters
    ----------
    backbone : str
    precision : {"float32", "bfloat16"}
    batch_size : int

    Returns
    -------
    Contenders
        Images each, GFLOP for the matrix products.
    """
    choice = choose_network(backbone, None, batch_size, precision)
    network = build_network(choice.backbone, weights=None)
    model = network.model
    images = np.random.default_rng(0).integers(0, 256, (batch_size, *network.image_size, 3), np.uint8)
    gflop = count_gflop(model)
    check_count(backbone, gflop)
    contenders = Contenders(facts={"gflop": gflop})

    def run(engine: Engine) -> Callable[[], object]:
        return lambda: engine(images)

    contenders.attempt("ours, OpenVINO", lambda: run(replace(choice, engine="openvino").open()[1]), batch_size)
    contenders.attempt("plain OpenVINO", lambda: rivals.plain_openvino(model, images, precision), batch_size)
    contenders.attempt("ours, TensorFlow", lambda: run(open_engine(network, batch_size, precision)), batch_size)
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


def choose_network(backbone: str, weights: str | None, batch_size: int, precision: str) -> NetworkSpec:
    """Return the network that an embedder would open, without the embedder."""
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
