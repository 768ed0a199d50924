"""Predict new images with a trained Orange model."""

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
from .model_files import check_features, embedder_for, load_model, model_domain, model_fingerprint, possible_names


def stream_classes(
    model: Model, embedder: Embedder, images: Images, top: int = 5, callback: Callback | None = None
) -> Iterator[Prediction | Skipped]:
    """Predict images batch by batch; images that cannot be read come out with the reason.

    Parameters
    ----------
    model : Orange.base.Model
        A model that was trained on features of `embedder`.
    embedder : Embedder
    images, callback
        As for `Embedder.stream`.
    top : int
        Number of classes for each image.

    Yields
    ------
    Prediction or Skipped
        Every image once, batch by batch; in each batch, the skipped images come last.

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
        # Without a fingerprint, only the number of features is known: use the names of the model.
        return Table.from_numpy(Domain(model_domain(model).attributes), features)
    variables = {each.name: each for each in model_domain(model).attributes}
    both = zip(*possible_names(features.shape[1], fingerprint), strict=True)
    columns = [variables.get(name) or variables.get(prefixed) or ContinuousVariable(name) for name, prefixed in both]
    return Table.from_numpy(Domain(columns), features)


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
        A model, or its file; open only files that you trust, as they can run code.
    images, callback
        As for `Embedder.stream`.
    top : int
        Number of classes for each image.
    embedder : Embedder, optional
        By default the embedder that the model names. The features of another embedder have to be the same.

    Returns
    -------
    list of Prediction
        One prediction per image, in order.

    Raises
    ------
    ModelError
        The file does not hold a model of features, or the model was trained on other features.
    ImageReadError
        An image cannot be read; the message names it and says why.
    """
    model = model if isinstance(model, Model) else load_model(model)
    return read_all(stream_classes(model, embedder or embedder_for(model), images, top, callback))
