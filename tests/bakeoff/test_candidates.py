"""Candidates have the settings of their embedders, and names that differ."""

import pytest

from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.bakeoff.candidates import backbone_candidate, check_candidates, preset_candidate
from orangecontrib.transferlearning.errors import SettingError, UnknownBackboneError


def test_preset_and_networks_become_embedders():
    best = preset_candidate("best", batch_size=4).embedder()
    assert (best.mirrored, best.scaling, best.batch_size) == (True, "orange", 4)
    joined = backbone_candidate("squeezenet+efficientnetlite0:block7a_project_bn", mirrored=True)
    assert joined.name == "SqueezeNet+EfficientNetLite0:block7a_project_bn"
    assert joined.embedder().backbone == joined.name
    assert joined.embedder().mirrored


def test_weights_of_a_network_with_two_layers_count_once():
    twice = backbone_candidate("EfficientNetLite0+EfficientNetLite0:block7a_project_bn+SqueezeNet")
    assert twice.megabytes == BACKBONES["EfficientNetLite0"].megabytes + BACKBONES["SqueezeNet"].megabytes


def test_unknown_repeated_and_no_networks_are_refused():
    with pytest.raises(UnknownBackboneError):
        backbone_candidate("Squeeze")
    with pytest.raises(SettingError, match="quick is there 2 times"):
        check_candidates([preset_candidate("quick"), preset_candidate("best"), preset_candidate("quick")])
    with pytest.raises(SettingError, match="nothing to compare"):
        check_candidates([])
