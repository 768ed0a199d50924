"""Images of feature maps, from a script and through the command."""

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageSequence

from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.explain import feature_maps as featuremaps
from orangecontrib.transferlearning.explain.feature_maps import LayerMap, animate_layers, draw_maps, read_maps
from orangecontrib.transferlearning.explain.image_file import open_image_output, write_images

from ..samples import scene

VECTOR = np.linspace(0, 1, 2048, dtype=np.float32)


def random_map(*shape):
    return np.random.default_rng(0).random(shape, dtype=np.float32)


@pytest.fixture
def titles(monkeypatch):
    """Titles and notes of the panels that are laid out, row by row."""
    laid = []
    original = featuremaps.lay_out

    def note(rows):
        laid.append([[panel and (panel.title, panel.note) for panel in row] for row in rows])
        return original(rows)

    monkeypatch.setattr(featuremaps, "lay_out", note)
    return laid


def test_image_comes_first_and_panels_say_what_they_show(titles):
    maps = [LayerMap("Net", "a", random_map(8, 9, 100)), LayerMap("Net", "b", VECTOR), LayerMap("Net", "c", VECTOR[:7])]
    maps.append(LayerMap("Net", "d", random_map(1, 1, 12)))
    image = draw_maps(scene(), [maps], title="road.jpg", n_tiles=64)
    assert titles == [
        [
            [
                ("road.jpg", "48 x 64 pixels"),
                ("Net, a", "8 x 9 x 100 channels: the 64 strongest"),
                ("Net, b", "2048 values as 32 x 64"),
            ],
            [("Net, c", "7 values as 2 x 4"), ("Net, d", "12 values as 3 x 4")],
        ]
    ]
    assert image.mode == "RGB"


def test_networks_with_several_layers_have_a_row_each(titles):
    one, other = LayerMap("One", "a", random_map(3, 3, 5)), LayerMap("Other", "b", random_map(3, 3, 5))
    draw_maps(scene(), [[one, one], [other]])
    ((first, second),) = titles
    assert [title for title, _ in first] == ["the image", "One, a", "One, a"]
    assert second == [None, ("Other, b", "3 x 3 x 5 channels: all, the strongest first")]
    draw_maps(scene(), [[one], [other]])
    assert [title for title, _ in titles[-1][0]] == ["the image", "One, a", "Other, b"]


def test_image_is_shown_as_the_steps_leave_it(titles):
    draw_maps(scene(), [[LayerMap("Net", "a", VECTOR)]], steps=["crop:0,0,0.5,1"])
    assert titles[0][0][0] == ("the image", "48 x 32 pixels")


def test_animation_has_a_frame_a_layer_all_of_one_size(tmp_path):
    maps = [LayerMap("Net", name, random_map(side, side, 9)) for name, side in [("a", 40), ("a longer name", 7)]]
    frames = animate_layers(scene(), maps)
    assert len({frame.size for frame in frames}) == 1
    write_images(open_image_output(tmp_path / "walk.gif"), frames)
    with Image.open(tmp_path / "walk.gif") as gif:
        assert (gif.n_frames, gif.info["loop"]) == (2, 0)
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(gif)] == [700, 2100]


def test_maps_of_the_classifier_s_layer_are_read_if_none_is_named():
    (layer_map,) = read_maps(scene())
    assert (layer_map.backbone, layer_map.layer, layer_map.values.shape) == ("SqueezeNet 1.1", "fire9", (13, 13, 512))


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(SinkError, match="to .png and .gif files, not to maps.jpg"):
        open_image_output(tmp_path / "maps.jpg")


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the command in a folder of its own that has an image; gives click's result."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(scene()).save("road.png")
    return lambda *arguments: CliRunner().invoke(cli.main, ["maps", *map(str, arguments)])


@pytest.fixture
def asked(monkeypatch):
    """What is asked of networks, which are not built."""
    calls = []

    def note(image, backbone, layers, **settings):
        calls.append((backbone, layers, settings))
        return [LayerMap(backbone, layer, random_map(2, 2, 3)) for layer in layers or ["own"]]

    monkeypatch.setattr(featuremaps, "read_maps", note)
    return calls


def test_command_draws_the_stages_of_squeezenet_beside_the_image(run, tmp_path, titles):
    result = run("road.png")
    assert result.exit_code == 0, result.output
    assert result.stdout == "road-maps.png\n"
    names = [title for row in titles[0] for title, _ in row]
    assert names == [
        "road.png",
        *(f"SqueezeNet 1.1, {layer}" for layer in ("maxpool1", "maxpool3", "maxpool5", "fire9")),
    ]
    with Image.open(tmp_path / "road-maps.png") as image:
        assert image.size[0] > 1900


def test_command_animates_a_walk_through_the_network(run, tmp_path):
    result = run("road.png", "walk.gif", "--weights", "none", "--tiles", 4)
    assert result.exit_code == 0, result.output
    with Image.open(tmp_path / "walk.gif") as gif:
        assert gif.n_frames == 20


def test_options_reach_the_networks(run, asked):
    result = run(
        "road.png", "out.png", "--backbone", "vgg16", "--backbone", "MobileNet", "--layer", "fc1, fc2", "--layer", "x",
        "--weights", "none", "--seed", 3, "--image-size", "own", "--step", "gray",
        "--preprocessing", "0-1",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert [(backbone, layers) for backbone, layers, _ in asked] == [("VGG16", ["fc1", "fc2"]), ("MobileNet", ["x"])]
    for _, _, settings in asked:
        del settings["callback"]
        assert settings == {
            "weights": None, "seed": 3, "image_size": "own", "steps": ("gray",), "preprocessing": "0-1",
        }  # fmt: skip


@pytest.mark.parametrize(
    "options, layers",
    [
        (["--backbone", "VGG16"], [list(featuremaps.find_backbone("VGG16").stages)]),
        (["--backbone", "VGG16", "--backbone", "VGG19"], [[], []]),
        (["--backbone", "VGG16", "--backbone", "VGG19", "--layer", "fc1"], [["fc1"], ["fc1"]]),
        (["--layer", "a,b", "--layer", "c"], [["a", "b", "c"]]),
    ],
)
def test_layers_are_shared_out_among_networks(run, asked, options, layers):
    result = run("road.png", "out.png", *options)
    assert result.exit_code == 0, result.output
    assert [each for _, each, _ in asked] == layers


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["nothing.png"], "nothing.png: "),
        (["road.png", "out.pdf"], ".png and .gif files, not to out.pdf"),
        (["road.png", "road.png", "--overwrite"], "choose another name"),
        (["road.png", "out.gif", "--backbone", "VGG16", "--backbone", "VGG19"], "one network: name one --backbone"),
        (["road.png", *["--layer", "a"] * 3, *["--backbone", "VGG16"] * 2], "3 times --layer for 2 networks"),
        (["road.png", "--backbone", "VGG61"], "VGG16"),
        (["road.png", "--step", "sepia"], "is not a step"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line_before_a_network_is_built(run, asked, tmp_path, arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert asked == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["road.png"]


def test_output_that_is_there_is_replaced_only_if_asked(run, asked):
    assert run("road.png").exit_code == 0
    assert "--overwrite" in run("road.png").stderr
    assert run("road.png", "--overwrite").exit_code == 0
