"""Contender of a separate child process: Image Analytics' local embedder.

The process is separate because the embedder switches off TensorFlow's eager mode.
"""

from .contenders import Contenders


def open_contenders(paths: list[str]) -> Contenders:
    """Open its SqueezeNet; the time does not include loading, and each run clears its cache first.

    Parameters
    ----------
    paths : list of str
        Paths of the images.
    """
    try:
        from orangecontrib.imageanalytics.image_embedder import MODELS
        from orangecontrib.imageanalytics.local_embedder import LocalEmbedder
    except ImportError as error:
        return Contenders(not_run={"Image Analytics": str(error)})
    embedder = LocalEmbedder("squeezenet", MODELS["squeezenet"])

    def run() -> int:
        embedder._cache.clear_cache()
        return sum(features is not None for features in embedder.embedd_data(paths))

    return Contenders({"Image Analytics": run})
