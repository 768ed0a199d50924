"""Every backbone, with all kinds of weights and sizes, gives the features of Keras' own network."""

import keras
import pytest

from orangecontrib.transferlearning.backbones.registry import BACKBONES

from .parity import CASES, REFUSED, WEIGHTS, compare

NETWORKS = [
    # The network that depends on its weights, and all others in an hour.
    pytest.param(name, marks=pytest.mark.thorough if name == "EfficientNetB0" else pytest.mark.slow)
    for name in BACKBONES
    if not BACKBONES[name].package
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NETWORKS)
def test_features_are_those_of_keras(name):
    cells = compare(name)
    keras.backend.clear_session()
    assert set(cells) == {(weights, case) for weights in WEIGHTS for case in CASES}
    refused = {cell for cell, value in cells.items() if value == REFUSED}
    if name.startswith("NASNet"):
        assert {case for _, case in refused} == {"own size"}
    else:
        assert refused <= {("file without top", "its size")}
    assert max(value for value in cells.values() if value != REFUSED) <= 1e-4, cells
