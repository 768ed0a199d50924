"""Files of the user's own: weights for a network, and whole saved models."""

import re
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import is_zipfile

import numpy as np

from .errors import WeightsError, first_line

if TYPE_CHECKING:
    import keras


def load_all_weights(model: "keras.Model", path: Path) -> None:
    """Fill a model from a Keras weights file.

    Raises
    ------
    ValueError, OSError, KeyError, TypeError
        The file is not one, belongs to another model, or lacks some weights.
    """
    # Keras only warns of some weights that a file lacks, and leaves them random: mark them to find out.
    blanks = {True: np.float32(np.nan), False: np.int32(0)}
    model.set_weights([np.full(weight.shape, blanks["float" in weight.dtype]) for weight in model.weights])
    model.load_weights(path)
    values = zip(model.weights, model.get_weights(), strict=True)
    missing = [weight.path for weight, value in values if np.isnan(value).any()]
    if missing:
        raise ValueError(f"it lacks {len(missing)} of {len(model.weights)} weights, among them {missing[0]}")


def open_saved(path: Path) -> "keras.Model":
    """Open a model saved as ``.keras`` in Keras' safe mode: no code in it is run.

    Raises
    ------
    WeightsError
        It is none, or does not read pictures of three channels.
    """
    import keras

    if not is_zipfile(path):
        raise WeightsError(f"{path} cannot be opened as a saved Keras model: it is damaged, or another kind of file.")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
        shapes = [tuple(tensor.shape) for tensor in model.inputs]
    except (ValueError, OSError, KeyError, TypeError, ImportError, AttributeError) as error:
        raise WeightsError(f"{path} cannot be opened as a saved Keras model: {_reason(error)}") from error
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][-1] != 3:
        raise WeightsError(
            f"{path} does not read pictures: its inputs have the shapes {shapes}, not (None, height, width, 3)."
        )
    return model


def _reason(error: BaseException) -> str:
    """Say in a sentence why Keras cannot open a model, where it shows the whole configuration and what to call."""
    if "`Lambda`" in str(error):
        return "it has a Lambda layer, and code from a file is not run."
    if unknown := re.search(r"Could not locate (?:class|function) '(.+?)'", str(error)):
        return f"Keras has no {unknown[1]}; a script that defines and registers it can open the file."
    return first_line(error)
