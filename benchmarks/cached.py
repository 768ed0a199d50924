"""Contenders of a child process: features that are all in the cache."""

from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.embedder import Embedder

from .contenders import Contenders


def open_contenders(paths: list[str], cache: str) -> Contenders:
    """Open an embedder whose first run fills the cache; later runs find all features there.

    Parameters
    ----------
    paths : list of str
        Paths of images that all differ.
    cache : str
        Path of a cache that does not exist yet.
    """
    embedder = Embedder("SqueezeNet").load()

    def run() -> int:
        embedder.cache = FeatureCache(cache)
        n_embedded = sum(map(len, embedder.stream(paths)))
        embedder.cache.close()
        return n_embedded

    return Contenders({"from the cache": run})
