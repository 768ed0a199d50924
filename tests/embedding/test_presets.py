"""Presets are choices of networks that work offline."""

import pytest

from orangecontrib.transferlearning.embedding.choices import read_choices, write_choices
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.embedding.presets import PRESETS

CHANNELS = {None: 512, "block7a_project_bn": 320}


@pytest.mark.parametrize("name", PRESETS)
def test_networks_are_installed_and_their_features_are_counted(name):
    preset = PRESETS[name]
    choices = read_choices(preset.backbone)
    assert write_choices(choices) == preset.backbone
    assert all(choice.record.package for choice in choices)
    # The last block of EfficientNetLite2 is wider.
    n_each = [352 if choice.backbone == "EfficientNetLite2" else CHANNELS[choice.layer] for choice in choices]
    assert sum(n_each) == preset.n_features
    embedder = Embedder(name)
    assert (embedder.backbone, embedder.mirrored, embedder.scaling) == (preset.backbone, preset.mirrored, "orange")


def test_better_ones_take_longer():
    presets = list(PRESETS.values())
    assert [preset.name for preset in presets] == ["quick", "balanced", "best"]
    assert sorted(presets, key=lambda preset: preset.flowers_accuracy) == presets
    assert sorted(presets, key=lambda preset: -preset.speed) == presets
