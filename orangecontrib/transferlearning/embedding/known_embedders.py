"""Find the embedder of a fingerprint: one that is in use, or a new one."""

import threading
import warnings
from collections import OrderedDict
from typing import Any
from weakref import WeakValueDictionary

from ..errors import WeightsError
from ..records import Callback
from ..waiting import hold_lock
from .cache import FeatureCache, default_path
from .embedder import Embedder
from .fingerprint import difference, read_fingerprint, weights_settings, without_keras

N_KEPT = 2
"""Number of embedders created here whose networks stay in memory."""


class KnownEmbedders:
    """Embedders by their fingerprints, for use by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: WeakValueDictionary[str, Embedder] = WeakValueDictionary()
        self._made: OrderedDict[str, Embedder] = OrderedDict()

    def remember(self, embedder: Embedder) -> None:
        """Remember an embedder with a loaded network, for as long as other code refers to it."""
        self._used[embedder.fingerprint] = embedder

    def find(self, fingerprint: str, weights: str = "", callback: Callback | None = None) -> Embedder:
        """Return the embedder of a fingerprint, with a loaded network.

        Parameters
        ----------
        fingerprint : str
        weights : str
            Name of its network's weights, from `Embedder.weights_name`; "" for ImageNet's.
        callback : callable, optional
            See `Embedder.load`.

        Raises
        ------
        SettingError
            The text is not a fingerprint, or a step is the user's own function.
        WeightsError
            The weights are missing, or have other values.
        """
        with hold_lock(self._lock, callback):
            embedder = self._used.get(fingerprint) or self._made.get(fingerprint)
            if embedder is None:
                cache = FeatureCache(default_path())
                embedder = make_embedder(fingerprint, cache=cache, **weights_settings(weights)).load(callback)
                _check_fingerprint(embedder, fingerprint)
                self._made[fingerprint] = embedder
            if fingerprint in self._made:
                self._made.move_to_end(fingerprint)
            while len(self._made) > N_KEPT:
                self._made.popitem(last=False)
        return embedder


KNOWN_EMBEDDERS = KnownEmbedders()
"""The embedders of this process."""


def make_embedder(fingerprint: str, **settings: Any) -> Embedder:
    """Return a new embedder as a fingerprint describes it; its network is not loaded yet.

    Parameters
    ----------
    fingerprint : str
    **settings
        Arguments of `Embedder`: the weights, from `weights_settings`, and those that replace settings of the
        fingerprint.

    Raises
    ------
    SettingError
        The text is not a fingerprint, or a step is the user's own function.
    """
    embedder = Embedder(**read_fingerprint(fingerprint).settings() | settings)
    first, *others = embedder.choices
    # The cache of converted networks knows the network's own layer and size as None.
    if embedder.layer == first.record.layer:
        embedder.layer = None
    if not others and embedder.image_size == first.record.image_size:
        embedder.image_size = None
    return embedder


def _check_fingerprint(embedder: Embedder, fingerprint: str) -> None:
    """Check that an embedder has the expected fingerprint; another version of Keras is a warning only."""
    found = embedder.fingerprint
    if without_keras(found) != without_keras(fingerprint):
        expected, given = difference(without_keras(fingerprint), without_keras(found))
        raise WeightsError(
            f"These features were computed with {expected}, and the network found by {embedder.weights_name} has "
            f"{given}: put the right weights there, or train again."
        )
    if found != fingerprint:
        expected, given = difference(fingerprint, found)
        warnings.warn(f"features were computed with {expected}, and are now with {given}", stacklevel=3)
