"""Files of weights: each kind of file that does not fit is refused in a sentence that ends."""

import warnings

import h5py
import keras
import numpy as np
import pytest

from orangecontrib.transferlearning.backbones.loading import Loader
from orangecontrib.transferlearning.backbones.registry import find_backbone
from orangecontrib.transferlearning.errors import WeightsError

NO_FIT = "{path} does not hold weights that fit SqueezeNet 1.1: "
DAMAGED = "{path} cannot be opened as a weights file: it is damaged, or another kind of file."
OTHER_KIND = "{path} is not a file of weights: Keras writes these as .weights.h5, .h5 or .keras."

MESSAGES = {
    "other.weights.h5": NO_FIT + "the weights of 25 layers are missing or have other shapes",
    "legacy.h5": NO_FIT + "the number of layers with weights is 1 in the file and 25 in the network",
    "array.h5": NO_FIT + "the number of layers with weights is 0 in the file and 25 in the network",
    "text.h5": DAMAGED,
    "empty.weights.h5": DAMAGED,
    "cut.weights.h5": DAMAGED,
    "readme.md": OTHER_KIND,
    "arrays.npz": OTHER_KIND,
    "none": OTHER_KIND,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with files that hold no weights of SqueezeNet."""
    path = tmp_path_factory.mktemp("weights")
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 3)])
    model.save_weights(path / "other.weights.h5")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(path / "legacy.h5")
    with h5py.File(path / "array.h5", "w") as file:
        file["x"] = np.zeros(3)
    whole = (path / "other.weights.h5").read_bytes()
    (path / "cut.weights.h5").write_bytes(whole[: len(whole) // 2])
    np.savez(path / "arrays.npz", np.zeros(3))
    for name, content in {"text.h5": b"text", "empty.weights.h5": b"", "readme.md": b"# Text", "none": whole}.items():
        (path / name).write_bytes(content)
    return path


@pytest.mark.parametrize("name", MESSAGES)
def test_file_without_weights_that_fit_is_refused_in_a_sentence(folder, name):
    with pytest.raises(WeightsError) as raised:
        Loader(find_backbone("SqueezeNet"), (), folder / name, None, 0, None).load()
    assert str(raised.value) == MESSAGES[name].format(path=folder / name)
