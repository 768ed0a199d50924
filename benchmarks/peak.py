"""The peak speed of the processor: one large matrix product."""

from collections.abc import Callable

import numpy as np

SIZE = 3072
"""Rows and columns of both matrices."""
GFLOP = 2 * SIZE**3 / 1e9


def tensorflow_product(precision: str) -> Callable[[], object]:
    """Return a function that runs the product in TensorFlow, in "float32" or "bfloat16"."""
    import tensorflow as tf

    left, right = (tf.cast(matrix, precision) for matrix in _matrices())
    multiply = tf.function(lambda a, b: tf.reduce_max(tf.matmul(a, b)))
    return lambda: multiply(left, right).numpy()


def openvino_product(precision: str) -> Callable[[], object]:
    """Return a function that runs the product in OpenVINO, in "float32" or "bfloat16"."""
    import openvino
    from openvino import opset13 as ops

    left, right = _matrices()
    rows = ops.parameter(left.shape, np.float32)
    largest = ops.reduce_max(ops.matmul(rows, ops.constant(right), False, False), [0, 1])
    model = openvino.Model([largest], [rows])
    hint = {"float32": "f32", "bfloat16": "bf16"}[precision]
    request = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": hint}).create_infer_request()
    return lambda: request.infer([left], share_inputs=True)


def _matrices() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.standard_normal((SIZE, SIZE), np.float32) for _ in range(2)]
