"""Run a network as one TensorFlow graph, with its weights as constants if TensorFlow can fold them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..backbones.libraries import check_eager
from ..backbones.network import Network
from .engine import batch_memory_error, precision_error, with_gpu_precision

MAX_CONSTANT_BYTES = 1_000_000_000
"""Size up to which weights become constants: a graph can hold 2 GB at most, and is copied while it is built."""

_ON = 1  # RewriterConfig.Toggle


def has_gpu() -> bool:
    """Return whether TensorFlow has a GPU."""
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def has_bfloat16() -> bool:
    """Return whether the processor has instructions for bfloat16, if the system shows that (Linux on x86 does)."""
    cpu_info = Path("/proc/cpuinfo")
    return cpu_info.exists() and bool({"avx512_bf16", "amx_bf16"} & set(cpu_info.read_text(encoding="utf-8").split()))


def open_network(network: Network, batch_size: int, precision: str) -> "TensorFlowEngine":
    """Compile a network with TensorFlow.

    Raises
    ------
    SettingError
        The hardware does not have the precision.
    TransferLearningError
        Another part of this process has switched TensorFlow's eager mode off.
    """
    import tensorflow as tf

    check_eager()
    if has_gpu():
        # TensorFlow's own rewrite to bfloat16 is for processors only.
        network, precision = with_gpu_precision(network, precision, True, "TensorFlow"), "float32"
    elif precision == "float16" or (precision == "bfloat16" and not has_bfloat16()):
        raise precision_error(precision, "TensorFlow on this processor")
    images = tf.TensorSpec((None, *network.pixels_shape), tf.uint8)
    try:
        if precision == "float32" and not _should_fold_constants(network.model):
            return TensorFlowEngine(_with_variables(network.model, images))
        return TensorFlowEngine(_with_constants(network.model, images, precision))
    except (TypeError, ValueError, NotImplementedError, tf.errors.OpError):
        if precision != "float32":
            raise
        # A saved model may have layers that cannot be traced.
        return TensorFlowEngine(network.model.predict_on_batch)


def _should_fold_constants(model: Any) -> bool:
    """Return whether the model has batch normalization to fold, and weights that fit into a graph.

    Without batch normalization, constants gain nothing: TensorFlow takes 34 s to process those of VGG16, which is then
    no faster than with variables, and SqueezeNet becomes 0.87 times as fast.
    """
    has_normalization = any(variable.name == "moving_variance" for variable in model.weights)
    return has_normalization and sum(value.nbytes for value in model.get_weights()) <= MAX_CONSTANT_BYTES


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
        # TensorFlow folds only constants that are created inside the graph.
        weights = [[tf.constant(value) for value in values] for values in (trainable, others)]
        return model.stateless_call(*weights, x, training=False)[0]

    traced = tf.function(forward, input_signature=[images], autograph=False).get_concrete_function()
    # Some layers, such as Normalization, hold tensors besides their weights, which would be inputs of the graph.
    captured = {inside.name: outside.numpy() for outside, inside in traced.graph.captures}
    graph = tf.Graph()
    with graph.as_default():
        constants = {name: tf.constant(value) for name, value in captured.items()}
        tf.import_graph_def(traced.graph.as_graph_def(), name="", input_map=constants)
    # The options of a session change this model only; the switch for bfloat16 in `tf.config` would change all models.
    options = tf.compat.v1.ConfigProto()
    if precision == "bfloat16":
        options.graph_options.rewrite_options.auto_mixed_precision_onednn_bfloat16 = _ON
    session = tf.compat.v1.Session(graph=graph, config=options)
    return session.make_callable(traced.outputs[0].name, [traced.inputs[0].name])


class TensorFlowEngine:
    """A network compiled with TensorFlow.

    Parameters
    ----------
    forward : callable
        Computes the features of a batch of images.
    """

    title = "TensorFlow"

    def __init__(self, forward: Callable[[np.ndarray], np.ndarray]) -> None:
        import tensorflow as tf

        self._forward = forward
        self._out_of_memory = tf.errors.ResourceExhaustedError

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute the features of uint8 images, float32 of shape (n_images, *feature_shape); see `Engine`."""
        try:
            return self._forward(images)
        except self._out_of_memory as error:
            raise batch_memory_error(len(images)) from error
