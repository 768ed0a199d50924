"""The record of a pretrained network: its facts and its weights file, read without loading Keras."""

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
        Name in ``keras.applications``, or in a module of ours if `package` has the weights.
    title : str
        Name that users see.
    module : str
        Module of ``keras.applications`` with the ``preprocess_input`` of this network, or such a module of ours,
        beside this one.
    image_size : tuple of int
        (height, width) in pixels of the images that it was trained on.
    min_size : int
        Smallest height and width, in pixels, that it accepts.
    layer : str
        The penultimate layer. The classifier reads its output, averaged over positions if it is a map.
    layer_in_top : bool
        Whether that layer is part of the classifier, so that it exists only in the whole network.
    n_features : int
        Length of the vector that the classifier reads.
    parameters : int
        Number of weights, with the classifier.
    megabytes : int
        Size in MB of the weights file with the classifier, from the Keras documentation; four bytes per parameter
        if the documentation has none.
    top1 : float or None
        Top-1 accuracy on ImageNet in percent, from the Keras documentation (for the others, from their repositories);
        None if unknown.
    reference : str
        arXiv number of the paper, such as "1409.1556".
    weights_url : str
        Address of the ImageNet weights; ``{}`` stands for `notop` if the classifier is left out.
        "" if `package` contains them.
    notop : str
        Text that replaces ``{}`` in the address of the weights without the classifier.
    stages : tuple of str
        Layers that are useful to cut at, in order from the input: the last one of each resolution that no branch
        bypasses (in NASNet, whose cells read two cells back, the last cell; in SqueezeNet its pools), then the layers
        that give vectors. The last one is `layer`.
    cached_as : tuple of str
        Names of the weights files, with and without the classifier, in Keras' cache if it renames them; else ().
    package : str
        Package with the weights, as Python imports it, which is installed with the add-on; "" for weights that are
        downloaded.
    classes_layer : str
        The last layer of the network, which gives the probabilities of ImageNet's classes.

    Notes
    -----
    Keras numbers names such as "activation_4" separately in each thread, so they are right for a network that is
    built in a new thread.
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
    package: str = ""
    classes_layer: str = "predictions"

    def weights_address(self, top: bool) -> str:
        """Return the address of the ImageNet weights, with or without the classifier; "" if a package has them."""
        return self.weights_url.format("" if top else self.notop)

    def weights_file(self, top: bool) -> str:
        """Return the name of the weights file in `weights_folder`; "" if a package has the weights."""
        if self.cached_as:
            return self.cached_as[0 if top else 1]
        return self.weights_address(top).rpartition("/")[2]

    def weights_path(self, top: bool) -> Path:
        """Return the path at which Keras keeps the weights file, which may not exist yet."""
        return weights_folder() / self.weights_file(top)

    def uses_top_weights(self, top: bool) -> bool:
        """Return whether to use the file with the classifier: if `top` asks for it, or only it is on this computer."""
        only_top = (
            bool(self.weights_url) and self.weights_path(True).is_file() and not self.weights_path(False).is_file()
        )
        return top or only_top

    def has_local_weights(self, top: bool) -> bool:
        """Return whether the ImageNet weights are on this computer; those with the classifier contain all layers."""
        if self.package:
            return find_spec(self.package) is not None
        return self.weights_path(self.uses_top_weights(top)).is_file()


def weights_folder() -> Path:
    """Return the folder in which Keras keeps downloaded weights, without loading Keras."""
    # As Keras does it.
    fallback = Path("/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir(), ".keras")  # noqa: S108
    home = Path("~").expanduser()
    default = home / ".keras" if os.access(home, os.W_OK) else fallback
    folder = Path(os.environ.get("KERAS_HOME", default)).expanduser()
    return (folder if _is_writable(folder) else fallback) / "models"


def _is_writable(folder: Path) -> bool:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return os.access(existing, os.W_OK)
