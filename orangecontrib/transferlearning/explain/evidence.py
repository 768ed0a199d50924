"""Find the parts of an image that are evidence for a class to a model of averaged feature maps."""

import math
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
from .map_sizes import resample
from .occlusion import average_drops, occlude


@dataclass(frozen=True, eq=False)
class Evidence:
    """Evidence for a class, or for a larger number, in each part of an image.

    Attributes
    ----------
    name : str
        Name of the class, or of the predicted number.
    values : ndarray of shape (height, width), float64
        Larger values are stronger evidence. If they are exact, they have the shape of the layer's maps (of several
        networks, of the largest), and their mean plus `intercept` is `score`. Otherwise they are the mean decrease of
        `score` when the part is covered in gray.
    intercept : float
        Intercept of a linear model, with what features without positions add to it; 0 if the evidence is not exact.
    score : float
        Score of the class, or the predicted number, in the unit `unit`.
    unit : str
        "decision value" if the model has decision values, else "probability"; "" for a predicted number.
    is_exact : bool
        Whether the model is linear, so that its decision is the sum of the parts.
    """

    name: str
    values: np.ndarray
    intercept: float
    score: float
    unit: str
    is_exact: bool


class EvidenceFinder:
    """Finds evidence for a model with the network whose averaged maps it was trained on.

    Parameters
    ----------
    model : Orange.base.Model
    weights : str, optional
        Name of the weights, from `Embedder.weights_name`; by default the name in the model.

    Attributes
    ----------
    model : MapModel
    weights : str
    network : MapNetwork
        The network, which `load` loads.

    Raises
    ------
    ModelError
        The model was not trained on averaged features with a fingerprint.
    """

    def __init__(self, model: Model, weights: str = "") -> None:
        self.model = MapModel(model)
        self.weights = weights or self.model.weights
        self.network = MapNetwork(self.model.fingerprint, self.weights)
        self._parts: tuple[LinearParts | None] | None = None

    def load(self, callback: Callback | None = None) -> Self:
        """Load the network; parameters and errors are those of `MapNetwork.load`."""
        self.network.load(callback)
        if self.model.channels.max() >= self.network.n_channels:
            raise ModelError(f"The model takes more features than the {self.network.n_channels} of this network.")
        return self

    def find(self, maps: ImageMaps, name: str | None = None, callback: Callback | None = None) -> Evidence:
        """Find the evidence for a class.

        Parameters
        ----------
        maps : ImageMaps
            Maps of the image, from `network.compute`.
        name : str, optional
            One of the model's names; by default what it predicts.
        callback : callable, optional
            Called with the fraction done, 0-1; may raise `Cancelled`.

        Raises
        ------
        ModelError
            There is no such class, or the model has never seen one.
        """
        class_index = self._class_index(maps, name)
        if self._parts is None:
            self._parts = (linear_parts(self.model.decide, maps.features),)
        (parts,) = self._parts
        if parts is None:
            return self._by_occlusion(maps, class_index, callback)
        self._check_known(class_index, parts.intercepts[class_index])
        values, constant = _weighted_sum(maps, parts.weights[class_index])
        intercept = float(parts.intercepts[class_index]) + constant
        return self._evidence(class_index, values, intercept, float(values.mean()) + intercept, True)

    def _class_index(self, maps: ImageMaps, name: str | None) -> int:
        names = self.model.names
        if name is None:
            return 0 if self.model.is_target else int(self.model.predict(maps.features[None])[0][0])
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

    def _by_occlusion(self, maps: ImageMaps, class_index: int, callback: Callback | None) -> Evidence:
        score = self._scores(maps.features[None], class_index)[0]
        self._check_known(class_index, score)
        covered = [occlude(pixels) for pixels in maps.pixels]
        scores, n_patches = [], len(covered[0])
        for start in range(0, n_patches, BATCH_SIZE):
            features = self.network.compute_features([each[start : start + BATCH_SIZE] for each in covered])
            scores.append(self._scores(features, class_index))
            if callback:
                callback(min(1.0, (start + BATCH_SIZE) / n_patches))
        return self._evidence(class_index, average_drops(score - np.concatenate(scores)), 0.0, float(score), False)

    def _scores(self, features: np.ndarray, class_index: int) -> np.ndarray:
        scores = self.model.decide(features) if self.model.decides else self.model.predict(features)[1]
        return scores[:, class_index]


def _weighted_sum(maps: ImageMaps, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the sum of all maps by the weights of their features, and that of features without positions."""
    n_each = [each.shape[-1] for each in maps.maps]
    # The scaling of one image is a factor, so that the sum stays exact.
    each_weights = np.split(weights * maps.factors, np.cumsum(n_each)[:-1])
    sums = [each.astype(np.float64) @ its for each, its in zip(maps.maps, each_weights, strict=True)]
    planes = [each for each in sums if each.ndim == 2]
    shape = max((each.shape for each in planes), key=math.prod)
    constant = float(sum(each for each in sums if each.ndim == 0))
    return sum(each if each.shape == shape else resample(each, shape) for each in planes), constant


def find_evidence(
    model: Model | str | os.PathLike,
    image: Location,
    name: str | None = None,
    *,
    weights: str = "",
    callback: Callback | None = None,
) -> Evidence:
    """Find the parts of an image that are evidence for a class to a model of averaged feature maps.

    Parameters
    ----------
    model : Orange.base.Model or path
        An Orange model, or its file, that was trained on features with the pooling "auto" or "avg" of a layer that
        gives maps. Open only files that you trust, as they can run code.
    image : str, PathLike or ndarray
        A path, a URL, or pixels.
    name : str, optional
        The class; by default the predicted one.
    weights : str, optional
        Weights of the network, if the model does not name them: "imagenet", or the path of a file.
    callback : callable, optional
        Called with the fraction done, 0-1; may raise `Cancelled`.

    Returns
    -------
    Evidence
        Exact evidence if the model is linear (logistic regression, a linear support vector machine, ridge regression,
        ..., after any scaling, imputation or projection): the layer's maps times the model's weights. Otherwise the
        evidence is found by covering parts of the image in gray.

    Raises
    ------
    ModelError
        The model was trained on other features, or the weights are not the right ones.
    ImageReadError
        The image cannot be read.
    WeightsError
    """
    finder = EvidenceFinder(model if isinstance(model, Model) else load_model(model), weights).load()
    return finder.find(finder.network.compute(image), name, callback)


def score_in_words(evidence: Evidence) -> str:
    """Return the score in words: "probability 0.93"."""
    return f"{evidence.unit} {evidence.score:.3g}".strip()


def evidence_in_words(evidence: Evidence, title: str) -> str:
    """Describe what the values of some evidence mean.

    Parameters
    ----------
    evidence : Evidence
    title : str
        Title of the model.
    """
    what = evidence.unit or "prediction"
    if evidence.is_exact:
        return (
            f"Evidence for {evidence.name}, exactly as in the {title}: its mean over the image is the {what}, "
            f"{evidence.score:.3g}."
        )
    return (
        f"Evidence for {evidence.name}, found by covering parts of the image in gray: the decrease of the {what} "
        f"({evidence.score:.3g}) of the {title}."
    )
