"""Finds the embedder of a fingerprint: one that is in use, or made anew."""

import threading
import warnings
from collections import OrderedDict
from typing import Any
from weakref import WeakValueDictionary

from ..cache_folder import default_path
from ..errors import WeightsError
from ..records import Callback
from ..waiting import take_turn
from .cache import FeatureCache
from .embedder import Embedder
from .fingerprint import difference, read_fingerprint, weights_settings, without_keras

N_KEPT = 2
"""Embedders made here whose networks stay in memory."""


class KnownEmbedders:
    """Embedders by their fingerprints; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: WeakValueDictionary[str, Embedder] = WeakValueDictionary()
        self._made: OrderedDict[str, Embedder] = OrderedDict()

    def remember(self, embedder: Embedder) -> None:
        """Note an embedder, whose network is loaded, for as long as somebody else holds it."""
        self._used[embedder.fingerprint] = embedder

    def find(self, fingerprint: str, weights: str = "", callback: Callback | None = None) -> Embedder:
        """Give an embedder whose network is loaded.

        Parameters
        ----------
        fingerprint : str
        weights : str
            Where to look for its network's weights, as `Embedder.weights_name` says it; "" for ImageNet's.
        callback : callable, optional
            As for `Embedder.load`.

        Raises
        ------
        SettingError
            The text is no fingerprint, or a step of the user's own was taken that is not at hand.
        WeightsError
            The weights are not there, or are others.
        """
        with take_turn(self._lock, callback):
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


KNOWN = KnownEmbedders()
"""Those of this process."""


def make_embedder(fingerprint: str, **settings: Any) -> Embedder:
    """Make the embedder that a fingerprint describes; its network is not loaded yet.

    Parameters
    ----------
    fingerprint : str
    **settings
        As for `Embedder`: the weights, as `weights_settings` gives them, and whatever is to replace what the
        fingerprint says.

    Raises
    ------
    SettingError
        The text is no fingerprint, or among the steps is one of the user's own.
    """
    embedder = Embedder(**read_fingerprint(fingerprint).settings() | settings)
    # What is the network's own anyway is left to it, so that one that is kept in OpenVINO's form is found.
    if embedder.layer == embedder.record.layer:
        embedder.layer = None
    if embedder.image_size == embedder.record.image_size:
        embedder.image_size = None
    return embedder


def _check_fingerprint(embedder: Embedder, fingerprint: str) -> None:
    """Refuse an embedder of other features than those described."""
    found = embedder.fingerprint
    if without_keras(found) != without_keras(fingerprint):
        expected, given = difference(without_keras(fingerprint), without_keras(found))
        raise WeightsError(
            f"These features were computed with {expected}, and the network found by {embedder.weights_name} has "
            f"{given}: put the right weights there, or train anew."
        )
    if found != fingerprint:
        expected, given = difference(fingerprint, found)
        warnings.warn(f"features were computed with {expected}, and are now with {given}", stacklevel=3)
