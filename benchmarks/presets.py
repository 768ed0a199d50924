"""Contenders of a child process: from image files to features, by SqueezeNet alone and by each preset."""

from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.embedding.presets import PRESETS

from .contenders import Contenders, Run

ALONE = "SqueezeNet"


def open_contenders(paths: list[str]) -> Contenders:
    """Open the embedders, without a cache.

    Parameters
    ----------
    paths : list of str
        Paths of images.
    """
    return Contenders({name: _run(name, paths) for name in (ALONE, *PRESETS)})


def _run(backbone: str, paths: list[str]) -> Run:
    embedder = Embedder(backbone).load()
    return lambda: sum(map(len, embedder.stream(paths)))
