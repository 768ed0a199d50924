"""In a child: images whose features are in the cache."""

from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.embedder import Embedder

from .contenders import Contenders


def open_contenders(paths: list[str], cache: str) -> Contenders:
    """Open an embedder; its first run fills the cache, the others find everything there.

    Parameters
    ----------
    paths : list of str
        Of images that all differ.
    cache : str
        Path of a cache that is not there yet.
    """
    embedder = Embedder("SqueezeNet").load()

    def run() -> int:
        embedder.cache = FeatureCache(cache)
        n_embedded = sum(map(len, embedder.stream(paths)))
        embedder.cache.close()
        return n_embedded

    return Contenders({"from the cache": run})
