"""One layer of one image, and the network kept for the next."""

import matplotlib
import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning.errors import ImageReadError, SettingError
from orangecontrib.transferlearning.explain import layer_view as layerview
from orangecontrib.transferlearning.explain.feature_maps import read_maps
from orangecontrib.transferlearning.explain.layer_view import TILE_SIDE, LayerChoice, view_layer

from ..samples import scene

BRIGHTEST = [*matplotlib.colormaps["viridis"](1.0, bytes=True)[:3]]


def choice(layer="", backbone="SqueezeNet", weights="imagenet"):
    return LayerChoice(backbone, layer, weights, "auto", (backbone, weights))


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    monkeypatch.setattr(layerview._NetworkCache, "networks", {})


@pytest.fixture
def opened(monkeypatch):
    """Layers that networks were opened for."""
    asked, original = [], layerview.open_layers
    monkeypatch.setattr(
        layerview,
        "open_layers",
        lambda record, layers, **more: asked.append(layers) or original(record, layers, **more),
    )
    return asked


def test_maps_are_those_of_the_script_and_the_command(tmp_path, opened):
    Image.fromarray(scene()).save(tmp_path / "scene.png")
    first = view_layer(choice(), tmp_path / "scene.png")
    (expected,) = read_maps(tmp_path / "scene.png")
    np.testing.assert_array_equal(first.layer_map.values, expected.values)
    assert (first.layer_map.backbone, first.layer_map.layer) == ("SqueezeNet 1.1", "fire9")
    np.testing.assert_array_equal(first.image, scene())
    second = view_layer(choice("conv1"), scene()[::-1])
    assert (second.n_channels, second.shapes["fire9"]) == (64, (13, 13, 512))
    view_layer(choice("conv10"), scene())
    assert opened == [[], ["conv10"]]
    for network in ("x", "SqueezeNet", "y", "SqueezeNet", "x"):
        view_layer(LayerChoice("SqueezeNet", "", "imagenet", "auto", (network, "imagenet")), scene())
    assert opened[2:] == [[], [], []]  # x, y, and x again after two others
    with pytest.raises(SettingError, match="no layer 'fire99'"):
        view_layer(choice("fire99"), scene())
    with pytest.raises(ImageReadError):
        view_layer(choice(), tmp_path / "none.png")


def view(values, monkeypatch):
    class Given:
        image_size, shapes = None, {}

        def compute(self, pixels, layers):
            return {layers[0]: np.asarray(values, np.float32)}

    monkeypatch.setattr(layerview, "open_layers", lambda *arguments, **more: Given())
    return view_layer(choice(), scene())


def test_tiles_show_channels_each_on_its_own_scale(monkeypatch):
    shown = view(np.stack([[[0, 1], [0, 0]], [[0, 0], [0, 90]]], -1), monkeypatch)
    assert shown.strongest(9) == [1, 0]
    tiles = shown.tiles([1, 0])
    assert tiles[0][-1, -1].tolist() == tiles[1][0, -1].tolist() == BRIGHTEST
    assert max(tiles[0].shape) == TILE_SIDE
    np.testing.assert_array_equal(shown.channel(1), [[0, 0], [0, 90]])


def test_values_of_a_vector_share_a_scale_and_have_no_places(monkeypatch):
    for values in ([1, 9, 3], [[[1, 9, 3]]]):
        shown = view(values, monkeypatch)
        assert (shown.n_channels, shown.channel(1), shown.strongest(2)) == (3, None, [1, 2])
        tiles = shown.tiles([1, 0])
        assert (tiles[0] == BRIGHTEST).all()
        assert not (tiles[1] == BRIGHTEST).all()
