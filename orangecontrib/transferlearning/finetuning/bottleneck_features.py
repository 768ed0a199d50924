"""Compute the outputs of the frozen part of a network, once for all images."""

from typing import TYPE_CHECKING

import numpy as np

from ..records import Callback
from .large_arrays import make_array

if TYPE_CHECKING:
    import keras


BATCH_SIZE = 32
"""Images per forward pass."""


def run_model(
    model: "keras.Model", inputs: list[np.ndarray], rows: np.ndarray | None = None, callback: Callback | None = None
) -> list[np.ndarray]:
    """Run a model over images, batch by batch.

    Parameters
    ----------
    model : keras.Model
    inputs : list of ndarray of shape (n, ...)
        An array for each input of the model.
    rows : ndarray of int, optional
        Rows to take; by default all.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    list of ndarray of shape (len(rows), ...), float32
        An array for each output; large arrays are on the disk.
    """
    rows = np.arange(len(inputs[0])) if rows is None else rows
    outputs = [make_array((len(rows), *each.shape[1:]), np.float32) for each in model.outputs]
    for start in range(0, len(rows), BATCH_SIZE):
        chosen = rows[start : start + BATCH_SIZE]
        given = model.predict_on_batch(_filled([each[chosen] for each in inputs]))
        for output, values in zip(outputs, given if isinstance(given, list) else [given], strict=True):
            output[start : start + BATCH_SIZE] = values[: len(chosen)]
        if callback:
            callback((start + len(chosen)) / len(rows))
    return outputs


def _filled(batch: list[np.ndarray]) -> list[np.ndarray] | np.ndarray:
    """Fill up the last batch, as TensorFlow compiles for each batch size."""
    missing = BATCH_SIZE - len(batch[0])
    full = [np.concatenate([each, np.zeros((missing, *each.shape[1:]), each.dtype)]) for each in batch]
    return full if len(full) > 1 else full[0]
