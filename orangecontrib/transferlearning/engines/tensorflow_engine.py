"""Runs a network as one TensorFlow graph, its weights constants where TensorFlow can fold them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..backbones.libraries import check_eager
from ..backbones.network import Network
from .engine import does_not_fit, lacks, on_gpu

MAX_CONSTANT_BYTES = 1_000_000_000
"""Weights of more than this stay variables: a graph holds 2 GB at most, and is copied on the way."""

_ON = 1  # RewriterConfig.Toggle


def has_gpu() -> bool:
    """Whether TensorFlow has a GPU."""
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 by itself, as far as the system tells (Linux on x86 does)."""
    facts = Path("/proc/cpuinfo")
    return facts.exists() and bool({"avx512_bf16", "amx_bf16"} & set(facts.read_text(encoding="utf-8").split()))


def open_network(network: Network, batch_size: int, precision: str) -> "TensorFlowEngine":
    """Compile a network.

    Raises
    ------
    SettingError
        The hardware lacks the precision.
    TransferLearningError
        Another part of the process has switched TensorFlow's eager mode off.
    """
    import tensorflow as tf

    check_eager()
    if has_gpu():
        # The rewrite to bfloat16 is for processors.
        network, precision = on_gpu(network, precision, True, "TensorFlow"), "float32"
    elif precision == "float16" or (precision == "bfloat16" and not has_bfloat16()):
        raise lacks(precision, "TensorFlow on this processor")
    images = tf.TensorSpec((None, *network.pixels_shape), tf.uint8)
    try:
        if precision == "float32" and not _are_constants_better(network.model):
            return TensorFlowEngine(_with_variables(network.model, images))
        return TensorFlowEngine(_with_constants(network.model, images, precision))
    except (TypeError, ValueError, NotImplementedError, tf.errors.OpError):
        if precision != "float32":
            raise
        # A saved model may hold what cannot be traced.
        return TensorFlowEngine(network.model.predict_on_batch)


def _are_constants_better(model: Any) -> bool:
    """Whether there is batch normalization to fold, in weights that a graph can hold.

    Without any, TensorFlow takes 34 s to go through VGG16's constants, and then computes no faster than with variables;
    SqueezeNet even becomes 0.87 times as fast.
    """
    folds = any(variable.name == "moving_variance" for variable in model.weights)
    return folds and sum(value.nbytes for value in model.get_weights()) <= MAX_CONSTANT_BYTES


def _with_variables(model: Any, images: Any) -> Callable[[np.ndarray], np.ndarray]:
    import tensorflow as tf

    forward = tf.function(lambda x: model(x, training=False), input_signature=[images], autograph=False)
    forward.get_concrete_function()
    return lambda batch: forward(batch).numpy()


def _with_constants(model: Any, images: Any, precision: str) -> Callable[[np.ndarray], np.ndarray]:
    import tensorflow as tf

    trainable = [np.asarray(variable) for variable in model.trainable_variables]
    others = [np.asarray(variable) for variable in model.non_trainable_variables]

    def forward(x: Any) -> Any:
        # Only constants that are made inside the graph are folded.
        weights = [[tf.constant(value) for value in values] for values in (trainable, others)]
        return model.stateless_call(*weights, x, training=False)[0]

    traced = tf.function(forward, input_signature=[images], autograph=False).get_concrete_function()
    # Tensors that layers hold besides their weights, as Normalization does, would otherwise have to be fed.
    held = {inside.name: outside.numpy() for outside, inside in traced.graph.captures}
    graph = tf.Graph()
    with graph.as_default():
        constants = {name: tf.constant(value) for name, value in held.items()}
        tf.import_graph_def(traced.graph.as_graph_def(), name="", input_map=constants)
    # A session has options of its own, where the switch for bfloat16 of `tf.config` would reach every other model.
    options = tf.compat.v1.ConfigProto()
    if precision == "bfloat16":
        options.graph_options.rewrite_options.auto_mixed_precision_onednn_bfloat16 = _ON
    session = tf.compat.v1.Session(graph=graph, config=options)
    return session.make_callable(traced.outputs[0].name, [traced.inputs[0].name])


class TensorFlowEngine:
    """A compiled network.

    Parameters
    ----------
    forward : callable
        From a batch of images to their features.
    """

    title = "TensorFlow"

    def __init__(self, forward: Callable[[np.ndarray], np.ndarray]) -> None:
        import tensorflow as tf

        self._forward = forward
        self._out_of_memory = tf.errors.ResourceExhaustedError

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute features, float32 of shape (n_images, *feature_shape), of uint8 images; see `Engine`."""
        try:
            return self._forward(images)
        except self._out_of_memory as error:
            raise does_not_fit(len(images)) from error
