"""Read the user's files of weights of a network."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import WeightsError
from ..plurals import pl

if TYPE_CHECKING:
    import keras


def check_weights_file(path: Path) -> None:
    """Check that a file is one that Keras reads weights from.

    Raises
    ------
    WeightsError
    """
    import h5py

    if path.suffix != ".h5":
        raise WeightsError(f"{path} is not a file of weights: Keras writes these as .weights.h5, .h5 or .keras.")
    try:
        h5py.File(path).close()
    except Exception as error:  # a damaged file can raise anything
        raise WeightsError(
            f"{path} cannot be opened as a weights file: it is damaged, or another kind of file."
        ) from error


def known_misfit(error: BaseException) -> str | None:
    """Return why weights do not fit in place of messages of Keras that end in raw values; None for other messages."""
    text = str(error)
    if several := re.match(r"A total of (\d+) objects could not be loaded", text):
        n_layers = int(several[1])
        return f"the weights of {n_layers} {pl(n_layers, 'layer')} are missing or have other shapes"
    if other := re.search(r"expected (\d+) layers, found (\d+) saved layers", text):
        return f"the number of layers with weights is {other[2]} in the file and {other[1]} in the network"
    return None


def load_all_weights(model: "keras.Model", path: Path) -> None:
    """Load all weights of a model from a Keras weights file.

    Raises
    ------
    ValueError, OSError, KeyError, TypeError
        It is not a weights file, belongs to another model, or lacks some weights.
    """
    # Keras leaves weights that a file lacks as they are, and only warns: mark all weights before to find these.
    marks = {True: np.float32(np.nan), False: np.int32(0)}
    model.set_weights([np.full(weight.shape, marks["float" in weight.dtype]) for weight in model.weights])
    model.load_weights(path)
    values = zip(model.weights, model.get_weights(), strict=True)
    missing = [weight.path for weight, value in values if np.isnan(value).any()]
    if missing:
        raise ValueError(f"it lacks {len(missing)} of {len(model.weights)} weights, among them {missing[0]}")
