"""Networks divided where training begins."""

import numpy as np
import pytest

from orangecontrib.transferlearning.backbones.loading import Loader
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.errors import SettingError
from orangecontrib.transferlearning.finetuning.bottleneck_features import run_model
from orangecontrib.transferlearning.finetuning.partly_frozen import open_partly_frozen

SIZE = (32, 48)
PIXELS = np.random.default_rng(0).integers(0, 256, (3, *SIZE, 3)).astype(np.uint8)


def opened(name, unfreeze, weights=None, size=SIZE):
    return open_partly_frozen(Loader(BACKBONES[name], (), weights, size, 0, None), "auto", unfreeze)


@pytest.mark.parametrize("name, unfreeze, first, n_crossing", [
    ("SqueezeNet", 6, "fire8_squeeze1x1", 1),
    ("SqueezeNet", "fire9_expand3x3", "fire9_expand3x3", 2),
    ("MobileNet", 4, "conv_dw_12", 1),
])  # fmt: skip
def test_frozen_part_and_tail_together_give_the_features(name, unfreeze, first, n_crossing):
    tunable = opened(name, unfreeze)
    assert tunable.first == first
    maps = run_model(tunable.frozen, [PIXELS])
    assert len(maps) == n_crossing
    expected = Embedder(name, weights=None, image_size=SIZE, engine="tensorflow").transform(PIXELS).features
    np.testing.assert_allclose(run_model(tunable.tail, maps)[0], expected, rtol=1e-4, atol=1e-5 * expected.max())


def test_only_weights_behind_the_border_are_trained_and_no_normalization():
    tunable = opened("MobileNet", 2)
    assert tunable.n_trained == 2
    trained = {each.path for each in tunable.tail.trainable_variables}
    assert {path.split("/")[0] for path in trained} == {"conv_dw_13", "conv_pw_13"}
    assert not tunable.frozen.trainable_variables


@pytest.mark.parametrize("unfreeze, words", [
    (0, "has 25 layers with weights: train 1 to 25 of them, not 0"),
    (26, "not 26"),
    ("fire8_sqeeze1x1", "no layer 'fire8_sqeeze1x1'; it has .*among them fire8_squeeze1x1"),
    ("fire9", "no weights to train: name an earlier one"),
])  # fmt: skip
def test_borders_that_cannot_be_are_refused(unfreeze, words):
    with pytest.raises(SettingError, match=words):
        opened("SqueezeNet", unfreeze)


def test_images_of_any_size_are_refused():
    with pytest.raises(SettingError, match="choose an image size"):
        opened("SqueezeNet", 1, size="own")
