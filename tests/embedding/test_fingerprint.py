"""Fingerprints of embedders, read back into their arguments."""

import os

import pytest

from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.embedding.fingerprint import (
    difference,
    feature_prefix,
    name_weights,
    read_fingerprint,
    weights_settings,
    without_keras,
)
from orangecontrib.transferlearning.embedding.known_embedders import make_embedder
from orangecontrib.transferlearning.errors import SettingError

SETTINGS = [
    {"backbone": "SqueezeNet"},
    {"backbone": "VGG16", "pooling": "max", "interpolation": "lanczos", "fast_decode": True, "precision": "bfloat16"},
    {"backbone": "MobileNet", "image_size": "own", "steps": ("crop:0,.35,1,0.90", "GRAY"), "pooling": "none"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings["backbone"])
def test_embedder_made_of_a_fingerprint_has_the_same(fake_network, settings):
    fingerprint = Embedder(**settings).fingerprint
    known = read_fingerprint(fingerprint)
    assert str(known) == fingerprint
    assert Embedder(**known.settings()).fingerprint == fingerprint
    assert known.parts[0].layer == "mean"


def test_arguments_are_those_of_the_text(fake_network):
    settings = read_fingerprint(Embedder(**SETTINGS[2], interpolation="box").fingerprint).settings()
    assert settings == {
        "backbone": "MobileNet", "layer": "mean", "pooling": "none", "image_size": "own", "interpolation": "box",
        "fast_decode": False, "steps": ("crop:0,0.35,1,0.9", "gray"), "precision": "float32",
        "preprocessing": "MobileNet", "mirrored": False, "scaling": "none",
    }  # fmt: skip
    assert read_fingerprint(Embedder("SqueezeNet").fingerprint).settings()["image_size"] == (6, 8)


def test_layer_may_be_called_anything():
    text = "VGG16 layer=my layer pooling=x pooling=avg size=2x3 interpolation=box decode=exact precision=float32 "
    assert read_fingerprint(text + "weights=sha256:0a keras=3.9").parts[0].layer == "my layer pooling=x"


@pytest.mark.parametrize(
    ("layer", "pooling", "expected"),
    [
        ("fire9", "avg", "SqueezeNet"),
        ("fire9", "max", "SqueezeNet max"),
        ("fire5", "avg", "SqueezeNet fire5"),
        ("fire5", "flatten", "SqueezeNet fire5 flatten"),
    ],
)
def test_names_of_features_may_begin_with_network_layer_and_pooling_unless_usual(layer, pooling, expected):
    text = f"SqueezeNet layer={layer} pooling={pooling} size=2x3 interpolation=box decode=exact precision=float32 "
    assert feature_prefix(text + "weights=sha256:0a keras=3.9") == expected


@pytest.mark.parametrize("text", ["", "one", "Own layer=a pooling=avg size=own weights=sha256:0a keras=3.9"])
def test_unknown_fingerprint_has_no_prefix(text):
    assert feature_prefix(text) == ""


def test_step_of_ones_own_cannot_be_read_back(fake_network):
    def darker(image):
        return image

    darker.name = "darker"
    with pytest.raises(SettingError, match="a step of your own, darker, which no file can contain"):
        read_fingerprint(Embedder("SqueezeNet", steps=["gray", darker]).fingerprint).settings()


@pytest.mark.parametrize("text", ["", "one", "SqueezeNet layer=fire9"])
def test_other_text_is_refused(text):
    with pytest.raises(SettingError, match=f"found {text!r}"):
        read_fingerprint(text)


def test_words_that_differ_are_found():
    assert difference("A layer=x size=2x2", "A layer=y size=2x2") == ("layer=x", "layer=y")
    assert difference("A layer=x size=2x2", "A layer=y size=3x3") == ("layer=x size=2x2", "layer=y size=3x3")
    assert difference("A layer=x", "A layer=x size=3x3") == ("A layer=x", "size=3x3")
    assert difference("A layer=x weights=sha256:1", "A layer=x weights=sha256:2") == (
        "weights=sha256:1",
        "weights=sha256:2",
    )
    assert difference("A layer=x weights=sha256:1", "A layer=y weights=sha256:2") == ("layer=x", "layer=y")
    assert difference("A layer=x weights=sha256:1", "B layer=x weights=sha256:2") == ("A", "B")
    assert difference("long " * 3, "b") == ("long long long ", "b")


def test_joined_networks_that_differ_are_described():
    a, b = "A layer=x size=2x2 weights=sha256:1", "B layer=y size=2x2 weights=sha256:2"
    c = "C layer=x size=2x2 views=mirrored weights=sha256:3"
    assert difference(f"{a} + {b}", f"{a} + {c}") == ("A layer=x + B layer=y", "A layer=x + C layer=x views=mirrored")
    assert difference(f"{a} + {b}", a) == ("A layer=x + B layer=y", "A layer=x")
    scaled = f"{a} + {b} scaling="
    assert difference(f"{scaled}l2", f"{scaled}orange") == ("scaling=l2", "scaling=orange")
    smaller = scaled.replace("2x2", "1x1")
    assert difference(f"{scaled}l2", f"{smaller}l2") == ("size=2x2", "size=1x1")
    assert difference(f"{a} + {b}", f"{a} + {b[:-1]}9") == ("weights=sha256:2", "weights=sha256:9")


def test_version_of_keras_comes_off():
    assert without_keras("A layer=a keras=b precision=c keras=3.15.1") == "A layer=a keras=b precision=c"


@pytest.mark.parametrize("weights, seed, name", [
    ("imagenet", 3, "imagenet"), (None, 3, "random:3"), ("w.h5", 0, os.path.abspath("w.h5")),
])  # fmt: skip
def test_weights_are_named_so_that_they_are_found_again(weights, seed, name):
    assert name_weights(weights, seed) == name == Embedder("SqueezeNet", weights=weights, seed=seed).weights_name
    again = {"seed": 0} | weights_settings(name)
    assert name_weights(again["weights"], again["seed"]) == name
    assert weights_settings("") == {"weights": "imagenet"}


JOINED = [
    {"backbone": "SqueezeNet+EfficientNetLite0:block7a_project_bn", "scaling": "orange"},
    {"backbone": "SqueezeNet+MobileNet", "mirrored": True, "image_size": (20, 30), "steps": ("gray",)},
    {"backbone": "SqueezeNet", "mirrored": True, "scaling": "l2"},
]


@pytest.mark.parametrize("settings", JOINED, ids=str)
def test_embedder_made_of_a_fingerprint_of_several_networks_has_the_same(map_networks, settings):
    fingerprint = Embedder(**settings).fingerprint
    known = read_fingerprint(fingerprint)
    assert str(known) == fingerprint
    assert Embedder(**known.settings()).fingerprint == fingerprint
    assert make_embedder(fingerprint).fingerprint == fingerprint
    assert len(known.parts) == settings["backbone"].count("+") + 1
    assert without_keras(fingerprint).count("keras=") == 0
    assert without_keras(fingerprint).count("weights=sha256:") == len(known.parts)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (JOINED[0], "SqueezeNet + EfficientNetLite0 block7a_project_bn orange"),
        (JOINED[1], "SqueezeNet mirrored + MobileNet mirrored"),
        (JOINED[2], "SqueezeNet mirrored l2"),
    ],
)
def test_name_of_several_networks_tells_layers_views_and_scaling(map_networks, settings, name):
    assert feature_prefix(Embedder(**settings).fingerprint) == name
