"""Find where in an image a model of averaged feature maps sees evidence for a class."""

import os
from dataclasses import dataclass
from typing import Self

import numpy as np
from Orange.base import Model

from ..errors import ModelError
from ..orange.model_files import load_model
from ..records import Callback, Location
from .linear_weights import LinearParts, linear_parts
from .map_model import MapModel
from .map_network import BATCH_SIZE, ImageMaps, MapNetwork
from .occlusion import occlude, spread_drops


@dataclass(frozen=True, eq=False)
class Evidence:
    """Evidence for a class, or for a greater number, in each part of an image.

    Attributes
    ----------
    name : str
        Of the class, or of what is predicted.
    values : ndarray of shape (height, width), float64
        Greater where the part speaks more for it. Exact ones have the shape of the layer's maps, and their mean plus
        `intercept` is `score`. Else how much `score` drops, on the average, when the part is covered in gray.
    intercept : float
        0 where it is not exact.
    score : float
        In `unit`.
    unit : str
        "decision value", where the model has any, "probability" where not; "" of a number that is predicted.
    is_exact : bool
        Whether the model is linear, so that its decision could be taken apart.
    """

    name: str
    values: np.ndarray
    intercept: float
    score: float
    unit: str
    is_exact: bool


class EvidenceFinder:
    """A model with the network whose averaged maps it was trained on.

    Parameters
    ----------
    model : Orange.base.Model
    weights : str, optional
        Where the network's weights are, as `Embedder.weights_name` says it; by default where the model says.

    Attributes
    ----------
    model : MapModel
    weights : str
    sight : MapNetwork
        Its network is loaded by `load`.

    Raises
    ------
    ModelError
        The model was not trained on averaged features that say which network they are of.
    """

    def __init__(self, model: Model, weights: str = "") -> None:
        self.model = MapModel(model)
        self.weights = weights or self.model.weights
        self.sight = MapNetwork(self.model.fingerprint, self.weights)
        self._parts: tuple[LinearParts | None] | None = None

    def load(self, callback: Callback | None = None) -> Self:
        """Load the network; parameters and errors are those of `MapNetwork.load`."""
        self.sight.load(callback)
        if self.model.channels.max() >= self.sight.n_channels:
            raise ModelError(f"The model takes more features than the {self.sight.n_channels} of this network.")
        return self

    def find(self, seen: ImageMaps, name: str | None = None, callback: Callback | None = None) -> Evidence:
        """Find the evidence for a class.

        Parameters
        ----------
        seen : Seen
            What `sight` saw.
        name : str, optional
            One of the model's names; by default what it predicts.
        callback : callable, optional
            Called with the fraction done, 0-1; may raise `Cancelled`.

        Raises
        ------
        ModelError
            There is no such class, or the model has never seen one.
        """
        class_index = self._class_index(seen, name)
        if self._parts is None:
            self._parts = (linear_parts(self.model.decide, seen.features),)
        (parts,) = self._parts
        if parts is None:
            return self._by_occlusion(seen, class_index, callback)
        self._check_known(class_index, parts.intercepts[class_index])
        values = seen.maps.astype(np.float64) @ parts.weights[class_index]
        intercept = float(parts.intercepts[class_index])
        return self._evidence(class_index, values, intercept, float(values.mean()) + intercept, True)

    def _class_index(self, seen: ImageMaps, name: str | None) -> int:
        names = self.model.names
        if name is None:
            return 0 if self.model.is_target else int(self.model.predict(seen.features[None])[0][0])
        if name not in names:
            raise ModelError(f"The model knows no class {name!r}; it has: {', '.join(names)}.")
        return names.index(name)

    def _check_known(self, class_index: int, score: float) -> None:
        if np.isnan(score):
            raise ModelError(f"The model has never seen an image of the class {self.model.names[class_index]}.")

    def _evidence(
        self, class_index: int, values: np.ndarray, intercept: float, score: float, is_exact: bool
    ) -> Evidence:
        unit = "" if self.model.is_target else "decision value" if self.model.decides else "probability"
        return Evidence(self.model.names[class_index], values, intercept, score, unit, is_exact)

    def _by_occlusion(self, seen: ImageMaps, class_index: int, callback: Callback | None) -> Evidence:
        score = self._scores(seen.features[None], class_index)[0]
        self._check_known(class_index, score)
        covered = occlude(seen.pixels)
        scores = []
        for start in range(0, len(covered), BATCH_SIZE):
            maps = self.sight.maps(covered[start : start + BATCH_SIZE])
            scores.append(self._scores(maps.mean((1, 2)), class_index))
            if callback:
                callback(min(1.0, (start + BATCH_SIZE) / len(covered)))
        return self._evidence(class_index, spread_drops(score - np.concatenate(scores)), 0.0, float(score), False)

    def _scores(self, features: np.ndarray, class_index: int) -> np.ndarray:
        scores = self.model.decide(features) if self.model.decides else self.model.predict(features)[1]
        return scores[:, class_index]


def find_evidence(
    model: Model | str | os.PathLike,
    image: Location,
    name: str | None = None,
    *,
    weights: str = "",
    callback: Callback | None = None,
) -> Evidence:
    """Find where in an image a model of averaged feature maps sees evidence for a class.

    Parameters
    ----------
    model : Orange.base.Model or path
        Any of Orange's, trained on features of the pooling "auto" or "avg" of a layer that gives maps. Of a file that
        you trust: whoever wrote it decides what opening it does.
    image : str, PathLike or ndarray
        A path, an address, or pixels.
    name : str, optional
        The class; by default the predicted one.
    weights : str, optional
        Where the network's weights are, where the model does not say: "imagenet", or the path of a file.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    Evidence
        Exact where the model is linear (logistic regression, a linear support vector machine, ridge regression, ...,
        on whatever scaling, imputation or projection before it): the layer's maps times the model's weights. By
        covering parts of the image in gray where it is not.

    Raises
    ------
    ModelError
        The model was trained on something else, or with other weights than those found.
    ImageReadError
        The image cannot be read.
    WeightsError
    """
    finder = EvidenceFinder(model if isinstance(model, Model) else load_model(model), weights).load()
    return finder.find(finder.sight.see(image), name, callback)


def score_in_words(evidence: Evidence) -> str:
    """Return the score in words: "probability 0.93"."""
    return f"{evidence.unit} {evidence.score:.3g}".strip()


def evidence_in_words(evidence: Evidence, title: str) -> str:
    """Describe what the values of some evidence mean.

    Parameters
    ----------
    evidence : Evidence
    title : str
        Of the model.
    """
    what = evidence.unit or "prediction"
    if evidence.is_exact:
        return (
            f"Evidence for {evidence.name}, exactly as the {title} has it: the average over the image is its {what}, "
            f"{evidence.score:.3g}."
        )
    return (
        f"Evidence for {evidence.name}, found by covering parts of the image in gray: by how much the {what} of the "
        f"{title}, {evidence.score:.3g}, drops."
    )
