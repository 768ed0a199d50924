"""Open files of trained models, and find the embedder of their features."""

import os
import pickle
from math import prod
from pathlib import Path
from typing import Any

from Orange.base import Model
from Orange.data import ContinuousVariable, Domain

from ..embedding.choices import read_choices
from ..embedding.embedder import Embedder
from ..embedding.fingerprint import difference, feature_prefix, read_fingerprint, weights_settings, without_keras
from ..embedding.known_embedders import make_embedder
from ..embedding.presets import find_preset
from ..errors import ModelError, SettingError
from ..plurals import pl
from .computed_features import feature_of
from .feature_attributes import fingerprint_of

ENDING = ".pkcls"
"""Ending of Orange's model files."""


def load_model(path: str | os.PathLike) -> Model:
    """Open a model that `orange-transfer train` or Orange's Save Model wrote.

    Open only files that you trust, as they can run code.

    Parameters
    ----------
    path : path
        The ending ``.pkcls`` may be left out.

    Raises
    ------
    ModelError
        There is no such file, or it does not hold an Orange model of features that predicts one class or number.
    """
    path = Path(path).expanduser()
    if not path.suffix and not path.exists():
        path = path.with_suffix(ENDING)
    model = _unpickle(path)
    if not isinstance(model, Model):
        raise ModelError(
            f"{path} holds no Orange model, but a {type(model).__name__}: give a model that `train` or `network` wrote."
        )
    domain = model_domain(model)
    if domain.class_var is None or not all(isinstance(each, ContinuousVariable) for each in domain.attributes):
        raise ModelError(f"{path} is a model of other data than features of images, or of several targets.")
    return model


def _unpickle(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            # All pickles of protocol 2 or later begin with this byte; a text file could be read as an older pickle.
            if file.read(1) != pickle.PROTO:
                raise ModelError(
                    f"{path} is not a trained model: give a {ENDING} file that `train` or `network` wrote."
                )
            file.seek(0)
            return pickle.load(file)  # noqa: S301 - an Orange model is a pickle; the help warns of it
    except FileNotFoundError as error:
        raise ModelError(f"There is no model {path}: give a {ENDING} file that `train` or `network` wrote.") from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}") from error
    except (
        pickle.UnpicklingError,
        EOFError,
        ImportError,
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(
            f"{path} cannot be opened; it is damaged, or was made with other versions ({type(error).__name__}: {error})"
        ) from error


def model_domain(model: Model) -> Domain:
    """Return the domain that a model was trained on, before the preprocessing of Orange."""
    return model.domain if model.original_domain is None else model.original_domain


def model_fingerprint(model: Model) -> str:
    """Return the fingerprint of a model's features; "" if it is unknown.

    Raises
    ------
    ModelError
        The features have several fingerprints.
    """
    found = {fingerprint_of(each) for each in model_domain(model).attributes}
    if len(found) > 1:
        raise ModelError("The model takes features of several networks, which a single embedder cannot compute.")
    return found.pop() if found else ""


def model_weights(model: Model) -> str:
    """Return the name of the weights for a model's features; "" if it is unknown."""
    features = filter(None, map(feature_of, model_domain(model).attributes))
    return getattr(model, "weights", "") or next((each.embedding.weights for each in features), "")


def embedder_for(model: Model, **settings: Any) -> Embedder:
    """Return a new embedder for the features of a model; its network is not loaded yet.

    Parameters
    ----------
    model : Orange.base.Model
    **settings
        Arguments of `Embedder` that replace those of the model.

    Raises
    ------
    ModelError
        Neither the model nor the settings determine the features, or the settings have another backbone.
    SettingError
        A step of the features is the user's own function.
    """
    fingerprint = model_fingerprint(model)
    if not fingerprint:
        if "backbone" not in settings:
            raise ModelError(
                "The model does not name the network of its features (a CSV file or an NPY pair cannot hold the name): "
                "name the --preset or the --backbone, and the other options that the features were computed with."
            )
        return Embedder(**settings)
    try:
        if "backbone" in settings:
            _check_backbone(fingerprint, settings.pop("backbone"))
        return make_embedder(fingerprint, **weights_settings(model_weights(model)) | settings)
    except SettingError as error:
        raise ModelError(f"The model cannot predict images: {error}") from error


def _check_backbone(fingerprint: str, backbone: str) -> None:
    """Check that a choice of networks is that of a model; a layer may be left out."""
    read = read_fingerprint(fingerprint)
    preset = find_preset(backbone)
    known, given = [part.choice for part in read.parts], read_choices(preset.backbone if preset else backbone)
    fits = len(known) == len(given) and all(
        one.backbone == other.backbone and other.layer in (None, one.layer)
        for one, other in zip(known, given, strict=True)
    )
    if not fits:
        raise ModelError(f"The model was trained on features of {read.backbone}, not of {backbone}.")


def possible_names(n_features: int, fingerprint: str) -> tuple[list[str], list[str]]:
    """Return the names that features of one image can have: without and with the `feature_prefix`."""
    names = [f"n{i}" for i in range(n_features)]
    return names, [f"{feature_prefix(fingerprint)} {name}" for name in names]


def check_features(model: Model, embedder: Embedder) -> str:
    """Check that a model was trained on the features of an embedder, whose network is loaded.

    Returns
    -------
    str
        A remark for the user if only the version of Keras differs; else "".

    Raises
    ------
    ModelError
    """
    expected, found = model_fingerprint(model), embedder.fingerprint
    n_expected = len(model_domain(model).attributes)
    if None in embedder.feature_shape:
        raise ModelError(
            "Maps of images of different sizes differ in shape: train on pooled features, or on images of one size."
        )
    n_given = prod(embedder.feature_shape)
    if not expected:
        if n_expected != n_given:
            raise ModelError(
                f"The model takes {n_expected} {pl(n_expected, 'feature')}, and this network gives {n_given}."
            )
        return ""
    taken = [each.name for each in model_domain(model).attributes]
    strange = [set(taken).difference(names) for names in possible_names(n_given, expected)]
    if all(strange):
        first = next(name for name in taken if name in strange[0])
        raise ModelError(
            f"The model takes {first}, which is not a feature of a single image: use Orange's Predictions."
        )
    before, after = without_keras(expected), without_keras(found)
    if before != after:
        missed, given = difference(before, after)
        advice = ": name the file of the right ones by --weights" if "weights=" in missed else ""
        raise ModelError(f"The model was trained on features of {missed}, and these are of {given}{advice}.")
    if expected != found:
        missed, given = difference(expected, found)
        return f"the model's features were computed with {missed}, these with {given}"
    return ""
