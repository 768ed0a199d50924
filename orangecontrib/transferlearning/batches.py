"""Joins the batches of a stream of features."""

from collections.abc import Sequence

import numpy as np

from .errors import SettingError
from .items import Embeddings


def refuse_shapes(first: Embeddings, part: Embeddings) -> None:
    """Raise `SettingError` where two batches have maps of different shapes, which no array holds."""
    one, other = first.features.shape[1:], part.features.shape[1:]
    if one != other:
        raise SettingError(
            f"Pictures of different sizes give maps of different shapes ({one} of {first.keys[0]}, {other} of "
            f"{part.keys[0]}), which no array holds: use `stream`, or pool by avg or max."
        )


def concatenate(parts: Sequence[Embeddings], n_features: int) -> Embeddings:
    """Join the batches of a stream into one.

    Parameters
    ----------
    parts : sequence of Embeddings
    n_features : int
        Length of a vector, for when there are no features.

    Returns
    -------
    Embeddings
    """
    features = [part.features for part in parts if len(part)]
    return Embeddings(
        [key for part in parts for key in part.keys],
        np.concatenate(features) if features else np.empty((0, n_features), np.float32),
        [label for part in parts for label in part.labels],
        [skipped for part in parts for skipped in part.skipped],
        parts[0].fingerprint if parts else "",
        [metas for part in parts for metas in part.metas],
        parts[0].columns if parts else (),
        parts[0].weights if parts else "",
    )
