"""`orange-transfer network` through the real entry point."""

import csv
import json
import pickle

import numpy as np
import pytest
from click.testing import CliRunner
from Orange.data import Table
from PIL import Image

from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.orange.features_file import load_features
from orangecontrib.transferlearning.training import memory

from ..conftest import solid
from ..samples_models import paint
from ..samples_training import clouds, slope
from .test_train import save

QUICK = ["--epochs", 40, "--learning-rate", 0.05]


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the command in a folder of its own; gives click's result."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli.main, ["network", *map(str, arguments)])


def images(folder, n=60):
    for position in range(n):
        Image.fromarray(solid((position, 0, 0))).save(folder / f"{position}.jpg")


def test_classes_are_learned_reported_drawn_and_written(run, tmp_path):
    save(tmp_path / "f.h5", *clouds())
    result = run("f.h5", "model", "--hidden", 8, *QUICK)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Head: 8 hidden units, softmax of 3 classes; 83 weights"
    assert lines[1].startswith("trained on 36 images, validated on 9: ")
    assert "test accuracy: 1.000" in lines
    assert lines[-4:] == ["model.pkcls", "model_epochs.csv", "model_curves.png", "model_confusion.png"]
    assert "Training" in result.stderr and "epoch" in result.stderr
    with (tmp_path / "model_epochs.csv").open(newline="") as file:
        epochs = list(csv.DictReader(file))
    assert float(epochs[-1]["val_accuracy"]) == 1.0
    assert [row["kept"] for row in epochs].count("1") == 1
    assert Image.open(tmp_path / "model_curves.png").width > 900
    model = pickle.loads((tmp_path / "model.pkcls").read_bytes())
    assert (model.fingerprint, model.domain.class_var.name) == ("one", "flower")
    table = load_features(tmp_path / "f.h5")
    assert isinstance(table, Table)
    np.testing.assert_array_equal(model(table), table.Y)
    assert model(table, model.Probs).shape == (60, 3)


def test_best_epoch_by_accuracy_is_said(run, tmp_path):
    save(tmp_path / "f.h5", *clouds())
    result = run("f.h5", "model", "--best-by", "accuracy", "--epochs", 5)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1].endswith(" was best (highest validation accuracy)")
    assert "not one of 'loss', 'accuracy'" in run("f.h5", "other", "--best-by", "luck").output


@pytest.mark.thorough
def test_every_format_gives_the_same_output(run, tmp_path):
    outputs = set()
    for name in ("f.h5", "f.npz", "f.csv", "f", "f.parquet"):
        save(tmp_path / name, *clouds(noise=2.0))
        result = run(name, "model", "--epochs", 1, "--validation-size", 0, "--overwrite")
        assert result.exit_code == 0, result.output
        outputs.add(result.stdout)
    assert len(outputs) == 1


@pytest.mark.parametrize("features", ["f.h5", "f/"])
def test_classify_takes_the_model_and_finds_the_network_and_its_weights(fake_network, tmp_path, monkeypatch, features):
    monkeypatch.chdir(tmp_path)
    paint(tmp_path / "images")
    (tmp_path / "w.h5").touch()
    options = ["--backbone", "VGG16", "--layer", "fc1", "--weights", "w.h5"]
    for arguments in (
        ["embed", "images", features, *options],
        ["network", features, "colors", *QUICK],
        ["classify", "colors", "images/red/00.png", "images/blue", "--format", "json", "--top", "1"],
    ):
        result = CliRunner().invoke(cli.main, list(map(str, arguments)))
        assert result.exit_code == 0, result.output
    answers = json.loads(result.stdout)
    assert [answer["classes"][0]["name"] for answer in answers] == ["red"] + ["blue"] * 12
    assert answers[0]["classes"][0]["probability"] > 0.6
    assert fake_network.built[-1][0] == "VGG16"
    assert fake_network.built[-1][1]["weights"] == str(tmp_path / "w.h5")


def test_sheet_of_test_images_is_drawn_where_they_are_found(run, tmp_path):
    save(tmp_path / "f.h5", *clouds())
    (tmp_path / "photos").mkdir()
    images(tmp_path / "photos")
    result = run("f.h5", "model", "--images", "photos", "--epochs", 2)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "model_sheet.png"
    sheet = Image.open(tmp_path / "model_sheet.png")
    assert sheet.width > 600 and sheet.height > 700
    images(tmp_path)
    assert run("f.h5", "other", "--epochs", 2).stdout.splitlines()[-1] == "other_sheet.png"


def test_a_target_is_predicted_as_numbers(run, tmp_path):
    save(tmp_path / "f.csv", *slope(), label_name="angle")
    result = run("f.csv", "model", "--target", "--epochs", 80, "--learning-rate", 0.05, "--l2", 0)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Head: one linear unit; 6 weights")
    assert "R2    0.9" in result.stdout or "R2    1.0" in result.stdout
    assert result.stdout.splitlines()[-1] == "model_predicted.png"


def test_same_seed_gives_the_same_output(run, tmp_path):
    save(tmp_path / "f.h5", *clouds(noise=2.0))
    one, other = (run("f.h5", "model", "--overwrite", "--dropout", 0.2, "--epochs", 2) for _ in range(2))
    assert one.exit_code == 0, one.output
    assert one.stdout == other.stdout


def test_images_without_a_label_are_left_out_and_counted(run, tmp_path):
    features, labels = clouds()
    save(tmp_path / "f.h5", features, [None, None, *labels[2:]])
    assert "2 images without a label were left out" in run("f.h5", "model", "--epochs", 1).stderr


@pytest.mark.parametrize(
    "options, message",
    [
        (["--hidden", -1], "hidden has to be 0 or more, not -1"),
        (["--images", "nowhere"], ".jpg in nowhere: name the folder that was embedded"),
        (["--target"], "'a' is not a number"),
        (["--validation-size", 0.001], "less than one image of any class"),
    ],
)
def test_what_cannot_be_trained_is_said_in_one_line(run, tmp_path, options, message):
    save(tmp_path / "f.h5", *clouds())
    result = run("f.h5", "model", *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["f.h5"]


def test_outputs_of_train_are_in_the_way_and_replaced(run, tmp_path):
    save(tmp_path / "f.h5", *clouds())
    (tmp_path / "model_grid.png").write_text("of another model")
    result = run("f.h5", "model", "--epochs", 1)
    assert result.exit_code == 2
    assert "model_grid.png is there already" in result.stderr
    assert run("f.h5", "model", "--overwrite", "--epochs", 1).exit_code == 0
    assert not (tmp_path / "model_grid.png").exists()


def test_model_stays_where_an_image_cannot_be_drawn(run, tmp_path, monkeypatch):
    def fail(*arguments):
        raise ValueError("it is too odd")

    save(tmp_path / "f.h5", *clouds())
    monkeypatch.setattr("orangecontrib.transferlearning.reports.files.draw_curves", fail)
    result = run("f.h5", "model", "--epochs", 1)
    assert result.exit_code == 2
    assert "model_curves.png cannot be drawn (it is too odd); the model is written." in result.stderr
    assert (tmp_path / "model.pkcls").exists()


def test_features_that_do_not_fit_into_memory_are_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 2**29)
    save(tmp_path / "f.h5", *clouds())
    result = run("f.h5", "model")
    assert result.exit_code == 2
    assert "Head on 60 x 6 features needs about" in result.stderr


def test_interrupt_leaves_nothing_behind(run, tmp_path, monkeypatch):
    def stop(*arguments, **settings):
        raise KeyboardInterrupt

    save(tmp_path / "f.h5", *clouds())
    monkeypatch.setattr("keras.Model.train_on_batch", stop)
    result = run("f.h5", "model")
    assert result.exit_code == 130
    assert "Stopped" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["f.h5"]
