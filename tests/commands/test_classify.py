"""`orange-transfer classify` through its real entry point, after `embed` and `train`."""

import csv
import json
import pickle

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from sklearn.datasets import load_sample_image

from orangecontrib.transferlearning.commands import cli

from ..samples_models import paint, train_in_orange


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the command in a folder of its own; gives click's result."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


def trained(run, features, *options, model="colors"):
    """Embed the folder `images` into a file, and train on it."""
    for arguments in (["embed", "images", features], ["train", features, model, *options, "--folds", 2]):
        result = run(*arguments)
        assert result.exit_code == 0, result.output


@pytest.fixture
def images(tmp_path, fake_network):
    return paint(tmp_path / "images")


@pytest.mark.parametrize("features", ["f.h5", "f.npz", "f.parquet", "f/"])
def test_model_needs_nothing_but_itself(run, images, features):
    trained(run, features)
    result = run("classify", "colors.pkcls", "images/red/00.png", "images/blue", "--format", "csv", "--top", 1)
    assert result.exit_code == 0, result.output
    header, *rows = csv.reader(result.stdout.splitlines())
    assert header == ["image", "rank", "class", "probability"]
    assert [row[0] for row in rows] == ["images/red/00.png", *(f"images/blue/{i:02}.png" for i in range(12))]
    assert [row[2] for row in rows] == ["red"] + ["blue"] * 12
    assert float(rows[0][3]) > 0.5


@pytest.mark.parametrize("features", ["f.h5", "f.npz", "f.parquet", "f/"])
def test_settings_and_weights_of_the_features_are_those_of_the_embedder(run, images, fake_network, tmp_path, features):
    options = ["--backbone", "VGG16", "--layer", "fc1", "--image-size", "6x8", "--step", "mirror", "--seed", 3]
    (tmp_path / "w.h5").touch()
    for weights in ("none", "w.h5"):
        result = run("embed", "images", features, *options, "--weights", weights, "--overwrite")
        assert result.exit_code == 0, result.output
        assert run("train", features, "m", "--folds", 2, "--overwrite").exit_code == 0
        result = run("classify", "m", "images/red/00.png", "--batch-size", 5)
        assert result.exit_code == 0, result.output
        (name, embedded), (again, arguments) = fake_network.built[-2:]
        assert name == again == "VGG16"
        assert arguments["image_size"] == (6, 8)
        assert arguments["weights"] == (None if weights == "none" else str(tmp_path / "w.h5"))
        if weights == "none":
            assert arguments["seed"] == 3


def test_features_without_a_fingerprint_take_the_options_of_the_embedder(run, images, fake_network):
    trained(run, "f.csv")
    result = run("classify", "colors", "images/red/00.png")
    assert result.exit_code == 2
    assert "name the --preset or the --backbone" in result.stderr
    result = run("classify", "colors", "images/red/00.png", "--preset", "balanced")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1].split()[1] == "red"
    assert [name for name, _ in fake_network.built[-2:]] == ["SqueezeNet", "EfficientNetLite0"]
    assert run("embed", "images", "m.csv", "--backbone", "SqueezeNet", "--layer", "mean").exit_code == 0
    assert run("train", "m.csv", "by_mean", "--folds", 2).exit_code == 0
    result = run("classify", "by_mean", "images/red/00.png", "--backbone", "squeezenet", "--layer", "mean")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1].split()[1] == "red"
    assert fake_network.built[-1][1]["layer"] == "mean"


def test_numbers_are_predicted_as_numbers(run, images, tmp_path):
    reds = range(130, 254, 10)
    for red in reds:
        Image.new("RGB", (12, 10), (red, 0, 0)).save(tmp_path / f"{red}.png")
    lines = ["image,angle", *(f"{red}.png,{red / 100}" for red in reds)]
    (tmp_path / "log.csv").write_text("\n".join(lines))
    result = run(
        "embed", "log.csv", "f.h5", "--backbone", "SqueezeNet", "--image-column", "image", "--target-column", "angle"
    )
    assert result.exit_code == 0, result.output
    assert run("train", "f.h5", "m", "--folds", 2, "--grid", 0.001).exit_code == 0
    answers = json.loads(run("classify", "m", "200.png", "150.png", "--format", "json").stdout)
    assert [answer["image"] for answer in answers] == ["200.png", "150.png"]
    assert [answer["number"] for answer in answers] == [pytest.approx(2.0, abs=0.01), pytest.approx(1.5, abs=0.01)]


def test_other_settings_than_those_of_the_model_are_refused_in_one_line(run, images):
    trained(run, "f.h5")
    for options, words in (
        (["--pooling", "max"], "trained on features of pooling=avg, and these are of pooling=max"),
        (["--backbone", "VGG16"], "trained on features of SqueezeNet:mean+EfficientNetLite0:mean, not of VGG16"),
    ):
        result = run("classify", "colors", "images/red/00.png", *options)
        assert result.exit_code == 2
        assert words in result.stderr.splitlines()[-1]
        assert result.stdout == ""


def test_weights_that_have_changed_are_refused(run, images, fake_network, monkeypatch):
    trained(run, "f.h5")
    same = fake_network.build

    def other(*arguments, **options):
        network = same(*arguments, **options)
        object.__setattr__(network, "weights_sha256", "1" * 64)
        return network

    monkeypatch.setattr("orangecontrib.transferlearning.engines.opening.build_network", other)
    result = run("classify", "colors", "images/red/00.png")
    assert result.exit_code == 2
    assert "name the file of the right ones by --weights" in result.stderr


def test_models_that_orange_has_saved_and_features_orange_has_named_will_do(run, images, tmp_path):
    (tmp_path / "saved.pkcls").write_bytes(pickle.dumps(train_in_orange(images)))
    result = run("classify", "saved.pkcls", "images/blue/03.png")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1].split()[1] == "blue"


def test_another_version_of_keras_is_remarked_on(run, images, tmp_path):
    model = train_in_orange(images)
    for variable in model.original_domain.attributes:
        variable.attributes["_fingerprint"] = variable.attributes["_fingerprint"].replace("keras=", "keras=0.")
    (tmp_path / "old.pkcls").write_bytes(pickle.dumps(model))
    result = run("classify", "old", "images/blue/03.png")
    assert result.exit_code == 0, result.output
    assert "the model's features were computed with keras=0." in result.stderr


def test_what_is_no_model_is_refused_and_the_model_is_never_replaced(run, images, tmp_path):
    trained(run, "f.h5")
    before = (tmp_path / "colors.pkcls").read_bytes()
    result = run("classify", "f.h5", "images")
    assert result.exit_code == 2
    assert "f.h5 is not a trained model" in result.stderr
    result = run("classify", "colors.pkcls", "images", "--out", "colors.pkcls", "--overwrite")
    assert result.exit_code == 2
    assert (tmp_path / "colors.pkcls").read_bytes() == before


@pytest.mark.thorough
def test_photographs_through_squeezenet_and_a_learner(run, tmp_path):
    generator = np.random.default_rng(0)
    for name in ("china", "flower"):
        (tmp_path / "images" / name).mkdir(parents=True)
        image = Image.fromarray(load_sample_image(f"{name}.jpg"))
        for position, (left, top) in enumerate(generator.integers(0, (240, 120), (9, 2)).tolist()):
            image.crop((left, top, left + 400, top + 300)).save(tmp_path / "images" / name / f"{position}.png")
    (tmp_path / "new").mkdir()
    for name in ("china", "flower"):
        (tmp_path / "images" / name / "8.png").rename(tmp_path / "new" / f"{name}.png")
    trained(run, "f.h5", "--grid", 100, model="sights")
    result = run("classify", "sights", "new")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert (lines[0], lines[4]) == ("new/china.png", "new/flower.png")
    assert [lines[1].split()[1], lines[5].split()[1]] == ["china", "flower"]
    assert min(float(lines[1].split()[0]), float(lines[5].split()[0])) > 0.99
