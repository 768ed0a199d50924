"""`orange-transfer finetune` through its real entry point, and what its file is good for."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from orangecontrib.transferlearning.backbones.saved_models import last_layer, read_about
from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.embedding.predictions import stream_predictions
from orangecontrib.transferlearning.errors import ModelError, SettingError, TrainingError, WeightsError
from orangecontrib.transferlearning.finetuning.open_finetuned import open_finetuned

from ..drawings import SHAPES, write_drawings
from ..samples_networks import write_network

pytestmark = [
    pytest.mark.usefixtures("without_graphs"),
    pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions_eagerly`:UserWarning"),
]

QUICK = ["--image-size", "64", "--unfreeze", "3", "--head-epochs", "10", "--epochs", "2", "--learning-rate", "0.001"]
SMALL = ["--weights", "small.keras", *QUICK[2:], "--unfreeze", "2"]

COLUMNS = ["--image-column", "image", "--label-column", "kind"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of drawings and one broken image, and a network fine-tuned on them."""
    root = tmp_path_factory.mktemp("finetune")
    write_drawings(root / "drawings", 12)
    write_network(root / "small.keras")
    (root / "parts.csv").write_text("image,kind\ndrawings/disc/0.png,disc\n")
    (root / "drawings" / "disc" / "bad.png").write_bytes(b"not an image")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        result = CliRunner().invoke(cli.main, ["finetune", "drawings", "net.keras", *QUICK])
    assert result.exit_code == 0, result.output
    (root / "said.txt").write_text(result.stdout)
    (root / "told.txt").write_text(result.stderr)
    return root


@pytest.fixture
def run(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return lambda *arguments: CliRunner().invoke(cli.main, list(map(str, arguments)))


def test_network_curves_and_test_are_written_and_told(folder):
    said, told = (folder / "said.txt").read_text(), (folder / "told.txt").read_text()
    names = ["net.keras", "net_epochs.csv", "net_curves.png", "net_confusion.png"]
    assert said.splitlines()[-4:] == names
    assert "SqueezeNet 1.1, fine-tuned: trained on 24 images, validated on 3" in said
    assert "3 layers with it: 2 epochs, " in said
    assert "best: epoch " in said
    assert "then trained again on all 27: " in said
    assert "test accuracy of the head alone: " in said
    assert "test on 9 images" in said
    assert "skipped: disc/bad.png: " in told
    assert "fine-tuning, epoch 2: loss " in told
    assert "(validation " in told
    for name in names[2:]:
        assert Image.open(folder / name).size[0] > 300
    rows = list(csv.DictReader((folder / "net_epochs.csv").open()))
    assert [row["phase"] for row in rows[-2:]] == ["2", "2"]
    assert sum(row["kept"] == "1" for row in rows) == 1


def test_file_says_what_it_reads_and_predicts(folder):
    about = read_about(folder / "net.keras")
    made = about.pop("training")
    assert (made["epochs"], made["patience"], made["first_trained_layer"]) == (2, 5, "fire9_squeeze1x1")
    assert about == {
        "backbone": "SqueezeNet", "image_size": [64, 64], "preprocessing": "SqueezeNet", "interpolation": "bilinear",
        "steps": [], "label_name": "Class", "classes": list(SHAPES),
    }  # fmt: skip
    assert last_layer(folder / "net.keras") == "classes"
    assert read_about(folder / "net_epochs.csv") == {}


def test_embedder_takes_the_file_for_features_and_for_probabilities(folder):
    images = [folder / "drawings" / shape / "0.png" for shape in SHAPES]
    features = Embedder("SqueezeNet", weights=folder / "net.keras", engine="tensorflow").transform(images).features
    plain = Embedder("SqueezeNet", image_size=(64, 64), engine="tensorflow").transform(images).features
    assert features.shape == plain.shape == (3, 512)
    assert np.abs(features - plain).max() > 1e-3
    embedder, classes = open_finetuned(folder / "net.keras", engine="tensorflow")
    found = list(stream_predictions(embedder, images, classes, top=1))
    assert [each.classes[0].name for each in found] == list(SHAPES)
    assert embedder.transform(images).features.sum(axis=1) == pytest.approx([1, 1, 1], rel=1e-5)


def test_file_of_another_kind_is_refused(folder):
    with pytest.raises(WeightsError, match="cannot be opened as a saved Keras model"):
        open_finetuned(folder / "net_epochs.csv")
    with pytest.raises(ModelError, match="was trained with interpolation bilinear, not box: leave that out"):
        open_finetuned(folder / "net.keras", interpolation="box")
    with pytest.raises(SettingError, match="net.keras is a fine-tuned SqueezeNet: name that backbone, not MobileNet"):
        Embedder("MobileNet", layer="fire9", weights=folder / "net.keras").load()


@pytest.mark.parametrize("command", [["classify", "net.keras"], ["predict", "--weights", "net.keras"]])
def test_commands_tell_the_classes_of_new_images(run, folder, command):
    images = [f"drawings/{shape}/0.png" for shape in SHAPES]
    result = run(*command, *images, "drawings/disc/bad.png", "--format", "csv", "--top", 1)
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert [(row["image"], row["class"]) for row in rows] == list(zip(images, SHAPES, strict=True))
    assert "skipped: drawings/disc/bad.png: " in result.stderr
    expected = classify_in_keras(folder / "net.keras", [folder / each for each in images])
    assert [float(row["probability"]) for row in rows] == pytest.approx(expected.max(axis=1), abs=1e-3)
    refused = run(*command, *images, "--backbone", "MobileNet")
    assert refused.exit_code == 2
    assert refused.stderr == ("Error: net.keras was trained with backbone SqueezeNet, not MobileNet: leave that out.\n")


def classify_in_keras(path, images):
    """As a user of Keras alone does it: BGR minus the mean of ImageNet, as SqueezeNet has it."""
    import keras

    pixels = np.stack([np.asarray(Image.open(each), np.float32) for each in images])
    return np.asarray(keras.saving.load_model(path)(pixels[..., ::-1] - np.float32([104.006, 116.669, 122.679])))


def test_embedded_images_are_those_of_the_fine_tuned_network(run, folder):
    result = run(
        "embed", "drawings", "f.npz", "--backbone", "SqueezeNet", "--weights", "net.keras", "--engine", "tensorflow",
        "--no-cache",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    first = Embedder("SqueezeNet", weights=folder / "net.keras", engine="tensorflow").transform(
        [folder / "drawings/disc/0.png"]
    )
    with np.load(folder / "f.npz") as saved:
        assert saved["features"].shape == (36, 512)
        np.testing.assert_allclose(saved["features"][0], first.features[0], rtol=1e-4, atol=1e-5)


def test_interpolation_is_noted_in_the_file(run, folder):
    result = run(
        "finetune", "drawings", "box", *QUICK, "--image-size", "48", "--interpolation", "box", "--step", "gray"
    )
    assert result.exit_code == 0, result.output
    about = read_about(folder / "box.keras")
    assert (about["interpolation"], about["image_size"], about["steps"]) == ("box", [48, 48], ["gray"])


def test_given_parts_are_kept_to(run, folder):
    write_drawings(folder / "validate", 2, 50)
    write_drawings(folder / "test", 3, 60)
    result = run("finetune", "drawings", "parts.keras", "--validate", "validate", "--test", "test", *SMALL, "--flip")
    assert result.exit_code == 0, result.output
    assert "SqueezeNet 1.1, fine-tuned: trained on 36 images, validated on 6\n" in result.stdout
    assert "test on 9 images" in result.stdout


def test_numbers_are_predicted_of_a_target_column(run, folder):
    names = sorted(path.relative_to(folder).as_posix() for path in (folder / "drawings").glob("*/[0-9].png"))
    (folder / "log.csv").write_text("file,angle\n" + "".join(f"{name},{i}\n" for i, name in enumerate(names)))
    columns = ["--image-column", "file", "--target-column", "angle"]
    result = run("finetune", "log.csv", "angle", *columns, *SMALL)
    assert result.exit_code == 0, result.output
    assert "test R2 of the head alone: " in result.stdout
    assert result.stdout.splitlines()[-1] == "angle_predicted.png"
    assert read_about(folder / "angle.keras")["classes"] == []
    embedder, classes = open_finetuned(folder / "angle.keras", engine="tensorflow")
    (found,) = stream_predictions(embedder, [folder / names[0]], classes)
    assert -30 < found.number < 60


@pytest.mark.thorough
def test_networks_are_compared(run, folder):
    result = run("finetune", "drawings", "table.csv", "--compare", "squeezenet, SqueezeNet", *SMALL)
    assert result.exit_code == 0, result.output
    header, one, other, name = result.stdout.splitlines()
    assert header.split() == ["backbone", "accuracy,", "head", "accuracy,", "fine-tuned", "parameters", "seconds"]
    assert (one.split()[0], other.split()[0], name) == ("SqueezeNet", "SqueezeNet", "table.csv")
    rows = list(csv.DictReader((folder / "table.csv").open()))
    # Three convolutions, two normalizations, and the head.
    assert [row["parameters"] for row in rows] == [str(224 + 32 + 1168 + 64 + 4640 + 99)] * 2
    assert 0 <= float(rows[0]["fine_tuned"]) <= 1


def test_comparison_that_ends_early_keeps_the_lines_that_are_done(run, folder, monkeypatch):
    module = "orangecontrib.transferlearning.commands.finetune"
    usual, calls = sys.modules[module]._train, []

    def train(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise TrainingError("no more")
        return usual(*arguments)

    monkeypatch.setattr(f"{module}._train", train)
    result = run("finetune", "drawings", "early.csv", "--compare", "SqueezeNet,SqueezeNet", *SMALL)
    assert result.exit_code == 2
    assert "no more" in result.stderr
    (row,) = csv.DictReader((folder / "early.csv").open())
    assert row["backbone"] == "SqueezeNet"
    (folder / "early.csv").unlink()


@pytest.mark.parametrize("arguments, words", [
    (["drawings"], "Missing argument 'OUT'"),
    (["drawings", "net.keras"], "net.keras is there already"),
    (["drawings", "x.h5"], "has to end with .keras, not with .h5"),
    (["drawings", "x", "--image-size", "own"], "choose an image size"),
    (["drawings/disc", "x"], "no labels"),
    (["drawings", "x", "--unfreeze", "99"], "train 1 to 25 of them, not 99"),
    (["drawings", "x", "--backbone", "Xceptio"], "did you mean Xception"),
    (["drawings", "--compare", "SqueezeNet", "--test-size", "0"], "There is nothing to compare on"),
    (["nowhere", "x"], "nowhere"),
    (["drawings", "x", "--validate", "drawings/disc"], "None of the images given for validation has a label"),
    (["drawings", "x", "--shift", "10"], "shift has to be at least 0 and less than 1, not 10"),
    (["drawings", "x", "--seed", "-1"], "-1 is not in the range"),
    (["drawings", "net.keras", "--compare", "SqueezeNet", "--overwrite"], "is a .csv file, not net.keras"),
    (["parts.csv", "x", *COLUMNS, "--where", "kind=disc", "--test", "parts.csv"], "--where chooses rows of SOURCE"),
])  # fmt: skip
def test_mistakes_are_told_in_one_line_and_leave_nothing(run, folder, arguments, words):
    before = sorted(folder.iterdir())
    result = run("finetune", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr.splitlines()[-1]
    assert sorted(folder.iterdir()) == before


def test_asked_twice_says_in_a_line_that_all_is_there(folder, run):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = run("finetune", "drawings", "net", *QUICK, "--resume")
    assert again.exit_code == 0, again.output
    assert again.stdout == "net.keras\n"
    assert again.stderr.splitlines()[-1] == "net.keras is complete already: 36 images, nothing left to do"
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "arguments, words",
    [
        (
            ["drawings", "net.keras", *QUICK, "--epochs", "3"],
            "net.keras was made with epochs 2, and this run has 3. Rep",
        ),
        (["drawings", "net.keras", *QUICK, "--unfreeze", "2"], "net.keras was made with first trained layer fire9_sq"),
        (
            ["drawings", "net.keras", *QUICK, "--seed", "1"],
            "net.keras was made with head seed=0, and this run has seed=",
        ),
        (["drawings", "net.keras", *QUICK, "--test-size", "0.5"], "net.keras was made with images "),
        (["drawings", "small.keras", *QUICK], "small.keras is there already, and does not say how it was made: choose"),
        (["drawings", "net.h5", *QUICK], "The name of the output has to end with .keras, not with .h5"),
    ],
)
def test_network_that_was_made_otherwise_is_refused_by_what_differs(folder, run, arguments, words):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    refused = run("finetune", *arguments, "--resume")
    assert refused.exit_code == 2
    assert words in refused.stderr.splitlines()[-1]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.thorough
def test_run_killed_in_the_middle_goes_on_to_the_same_curve(folder, run):
    # Killed, it would train for hours; how many epochs there are to be may change when it goes on.
    endless = [*SMALL, "--epochs", "100000", "--patience", "100000"]
    command = [sys.executable, "-m", "orangecontrib.transferlearning", "finetune", "drawings", "killed", *endless]
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=folder, text=True, env=os.environ) as process:
        for line in process.stderr:
            if "fine-tuning, epoch 2" in line:
                break
        process.kill()
        process.stderr.read()
    assert process.returncode == -signal.SIGKILL
    assert not (folder / "killed.keras").exists()
    refused = run("finetune", "drawings", "killed", *endless)
    assert "begun by an earlier run: say --resume" in refused.stderr
    # What it has reached is told again, and no epoch is lost.
    n_done = done(folder / ".killed.keras.part" / "state.npz")
    assert n_done >= 2
    more = [*SMALL, "--epochs", str(n_done + 1), "--patience", "100000"]
    resumed = run("finetune", "drawings", "killed", "--resume", *more)
    assert resumed.exit_code == 0, resumed.output
    assert run("finetune", "drawings", "whole", *more).exit_code == 0
    assert not (folder / ".killed.keras.part").exists()
    columns = ["loss", "accuracy", "val_loss", "val_accuracy"]
    killed, whole = (
        [[float(row[name]) for name in columns] for row in csv.DictReader(Path(folder, f"{name}_epochs.csv").open())]
        for name in ("killed", "whole")
    )
    assert len(killed) == len(whole)
    np.testing.assert_allclose(killed, whole, rtol=0.02, atol=0.02)


def done(path):
    with np.load(path) as state:
        return str(state["epochs"]).count('"loss"')
