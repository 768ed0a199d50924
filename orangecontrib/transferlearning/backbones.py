"""Which networks exist: a frozen record of facts for each, and nothing that needs Keras loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from .errors import UnknownBackboneError


@dataclass(frozen=True)
class Backbone:
    """Facts about one pretrained network.

    Attributes
    ----------
    name : str
        Its name in ``keras.applications`` (SqueezeNet, which is ours, excepted).
    title : str
        Its name for people.
    module : str
        The module of ``keras.applications`` whose ``preprocess_input`` its pixels need; "" for SqueezeNet.
    image_size : tuple of int
        (height, width) in pixels that it was trained at.
    min_size : int
        The least height and width, in pixels, that it accepts.
    layer : str
        The layer whose output, averaged over positions where it is a map, its own classifier reads (the penultimate one).
    n_features : int
        Length of that vector.
    parameters : int
        Number of weights, the classifier included.
    megabytes : int
        Size of the weights file in MB, the classifier included, as the Keras documentation gives it.
    top1 : float or None
        Top-1 accuracy on ImageNet in percent, as the Keras documentation gives it; None where it gives none.
    reference : str
        The paper: its arXiv number, such as "1409.1556".
    weights_url : str
        Address of the ImageNet weights; ``{}`` stands for `notop` where the classifier is left out.
        "" where they come with a package.
    notop : str
        What replaces ``{}`` in the address of the weights without the classifier.
    stages : tuple of str
        Layers worth cutting at, from the input on: the last one of each resolution.
    """

    name: str
    title: str
    module: str
    image_size: tuple[int, int]
    min_size: int
    layer: str
    n_features: int
    parameters: int
    megabytes: int
    top1: float | None
    reference: str
    weights_url: str = ""
    notop: str = "_notop"
    stages: tuple[str, ...] = ()
