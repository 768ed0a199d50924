"""New images straight to what a trained model says of them."""

import os
from collections.abc import Iterator
from functools import partial

import numpy as np
from Orange.base import Model
from Orange.data import ContinuousVariable, Domain, Table

from ..embedding.embedder import Embedder
from ..embedding.predictions import Prediction, read_all, stream_predictions
from ..records import Callback, Skipped
from ..sources.opening import Images
from .model_files import check_features, embedder_for, load_model, model_domain, model_fingerprint


def stream_classes(
    model: Model, embedder: Embedder, images: Images, top: int = 5, callback: Callback | None = None
) -> Iterator[Prediction | Skipped]:
    """Classify images a batch at a time; those that cannot be read come out with the reason.

    Parameters
    ----------
    model : Orange.base.Model
        Of features that `embedder` gives.
    embedder : Embedder
    images, callback
        As for `Embedder.stream`.
    top : int
        How many classes to give of each image.

    Yields
    ------
    Prediction or Skipped
        Every image once: batch by batch, in each those that were skipped last.

    Raises
    ------
    ModelError
        The model was trained on other features.
    """
    check_features(model, embedder)
    made = model.domain.class_var
    values = () if made.is_continuous else made.values
    yield from stream_predictions(embedder, images, values, top, callback, decide=partial(_decide, model))


def _decide(model: Model, features: np.ndarray) -> np.ndarray:
    table = _table(model, features.reshape(len(features), -1))
    return model(table, Model.Value if model.domain.class_var.is_continuous else Model.Probs)


def _table(model: Model, features: np.ndarray) -> Table:
    fingerprint = model_fingerprint(model)
    if not fingerprint:
        # Nothing but their number tells that these are the model's features: it gets them under its own names.
        return Table.from_numpy(Domain(model_domain(model).attributes), features)
    taken = {each.name: each for each in model_domain(model).attributes}
    names = [f"n{i}" for i in range(features.shape[1])]
    return Table.from_numpy(Domain([taken.get(name) or ContinuousVariable(name) for name in names]), features)


def classify_images(
    model: Model | str | os.PathLike,
    images: Images,
    top: int = 5,
    *,
    embedder: Embedder | None = None,
    callback: Callback | None = None,
) -> list[Prediction]:
    """Predict images with a trained model; one that cannot be read is an error.

    Parameters
    ----------
    model : Orange.base.Model or path
        Of a file that you trust: whoever wrote it decides what opening it does.
    images, callback
        As for `Embedder.stream`.
    top : int
        How many classes to give of each image.
    embedder : Embedder, optional
        By default the one that the model names. Another's features are refused if they differ.

    Returns
    -------
    list of Prediction
        One an image, in order.

    Raises
    ------
    ModelError
        The file holds no such model, or one that was trained on other features.
    ImageReadError
        An image cannot be read; the message names it and says why.
    """
    model = model if isinstance(model, Model) else load_model(model)
    return read_all(stream_classes(model, embedder or embedder_for(model), images, top, callback))
