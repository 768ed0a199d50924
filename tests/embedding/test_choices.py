"""Texts that choose networks and layers."""

import pytest

from orangecontrib.transferlearning.embedding.choices import NetworkChoice, read_choices, write_choices
from orangecontrib.transferlearning.errors import SettingError, UnknownBackboneError


@pytest.mark.parametrize(
    ("text", "choices", "written"),
    [
        ("vgg16", [("VGG16", None)], "VGG16"),
        ("SqueezeNet:fire9", [("SqueezeNet", None)], "SqueezeNet"),
        ("squeezenet + EFFICIENTNETLITE0 : block7a_project_bn",
         [("SqueezeNet", None), ("EfficientNetLite0", "block7a_project_bn")],
         "SqueezeNet+EfficientNetLite0:block7a_project_bn"),
        ("VGG16:fc1+VGG16:base/conv5", [("VGG16", "fc1"), ("VGG16", "base/conv5")], "VGG16:fc1+VGG16:base/conv5"),
    ],
)  # fmt: skip
def test_choices_are_read_and_written(text, choices, written):
    assert read_choices(text) == tuple(NetworkChoice(*each) for each in choices)
    assert write_choices(read_choices(text)) == written
    assert read_choices(written) == read_choices(text)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("VGG61", UnknownBackboneError, "did you mean"),
        ("VGG16+", SettingError, "A name of a network is missing"),
        ("", SettingError, "A name of a network is missing"),
        (":fc1", SettingError, "A name of a network is missing"),
        ("VGG16+Balanced", SettingError, "Balanced is a preset, which goes with no other network"),
        (3, UnknownBackboneError, "named by text"),
        ("VGG16:+VGG19", SettingError, "the name of a layer after the colon in 'VGG16:'"),
        ("VGG16+vgg16:fc2", SettingError, r"VGG16 is there twice"),
    ],
)
def test_others_are_refused(text, error, words):
    with pytest.raises(error, match=words):
        read_choices(text)
