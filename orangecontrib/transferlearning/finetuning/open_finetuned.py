"""Open a fine-tuned network to predict new images."""

import os
import weakref
from pathlib import Path
from typing import Any

from ..backbones.loading import Weights
from ..backbones.saved_models import last_layer, read_about
from ..embedding.embedder import Embedder
from ..embedding.scaling import NONE
from ..errors import ModelError
from ..images.steps import read_steps
from ..temporary_folders import temporary_folder


def is_finetuned(weights: Weights) -> bool:
    """Return whether weights are a file that `finetune` wrote.

    Raises
    ------
    WeightsError
        They are, and it is damaged.
    """
    return weights not in (None, "imagenet") and bool(read_about(weights))


def open_finetuned(path: str | os.PathLike, **settings: Any) -> tuple[Embedder, tuple[str, ...]]:
    """Open a network that `finetune` wrote.

    Parameters
    ----------
    path : path
    **settings
        Arguments of `Embedder`, except those that the file determines: the backbone, and how images are read.

    Returns
    -------
    embedder : Embedder
        An embedder whose features are probabilities, or a number. It is not loaded yet.
    classes : tuple of str
        Names of the classes; empty if numbers are predicted.

    Raises
    ------
    WeightsError
        There is no such file, or it is not a saved model.
    ModelError
        The file does not describe its predictions, or a setting differs from the file.
    """
    path = Path(path).expanduser()
    layer, about = last_layer(path), read_about(path)
    if not about:
        raise ModelError(f"{path} does not say what it predicts: give a network that `finetune` wrote.")
    known = {name: about[name] for name in ("backbone", "interpolation", "preprocessing")}
    known |= {"steps": tuple(about["steps"]), "image_size": tuple(about["image_size"]), "weights": path, "layer": layer}
    # Probabilities are not scaled.
    known["scaling"] = NONE
    for name, value in settings.items():
        given = tuple(step.name for step in read_steps(value)) if name == "steps" else value
        if given != known.get(name, given):
            raise ModelError(f"{path} was trained with {name} {known[name]}, not {given}: leave that out.")
    return Embedder(**settings | known), tuple(about["classes"])


def open_content(content: bytes, **settings: Any) -> tuple[Embedder, tuple[str, ...]]:
    """Open a network that an Orange model holds: the content of a file that `open_finetuned` opens.

    It is in a temporary file until the embedder is deleted.
    """
    folder = temporary_folder("orange-transfer-")
    path = Path(folder.name, "network.keras")
    path.write_bytes(content)
    embedder, classes = open_finetuned(path, **settings)
    weakref.finalize(embedder, folder.cleanup)
    return embedder, classes
