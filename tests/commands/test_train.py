"""`orange-transfer train` through the real entry point."""

import pickle
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.features.opening import open_sink
from orangecontrib.transferlearning.records import Embeddings
from orangecontrib.transferlearning.reports import files
from orangecontrib.transferlearning.training import memory

from ..samples_training import clouds, slope

pytestmark = pytest.mark.usefixtures("few_trees")


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the command in a folder of its own; gives click's result."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli.main, ["train", *map(str, arguments)])


def save(name, features, labels, label_name="flower", fingerprint="one", **options):
    with open_sink(name, label_name, **options) as sink:
        keys = [f"{position}.jpg" for position in range(len(features))]
        sink.write(Embeddings(keys, features, labels, fingerprint=fingerprint))


def test_classes_are_learned_reported_and_written(run, tmp_path):
    save(tmp_path / "f.h5", *clouds())
    result = run("f.h5", "model")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Logistic regression, 5-fold cross-validation on 45 images"
    assert "cross-validated accuracy: 1.000" in lines
    assert "           a      1.000     1.000     1.000         5" in lines
    assert "test accuracy: 1.000" in lines
    assert lines[-3:] == ["model.pkcls", "model_confusion.png", "model_grid.png"]
    assert "Training: 100%" in result.stderr
    assert Image.open(tmp_path / "model_grid.png").format == "PNG"
    model = pickle.loads((tmp_path / "model.pkcls").read_bytes())
    assert model.fingerprint == "one"
    assert model.domain.class_var.name == "flower"
    assert model.domain.attributes[0].attributes["_fingerprint"] == "one"


@pytest.mark.parametrize("name", ["f.h5", "f.npz", "f.csv", "f", "f.parquet"])
def test_every_format_gives_the_same_model(run, tmp_path, name):
    save(tmp_path / "f.h5", *clouds(noise=2.0))
    if name != "f.h5":
        save(tmp_path / name, *clouds(noise=2.0))
    one, other = run("f.h5", "one"), run(name, "other")
    assert one.exit_code == other.exit_code == 0, other.output
    assert one.stdout.replace("one", "other") == other.stdout


def test_options_reach_the_training(run, tmp_path):
    save(tmp_path / "f.h5", *clouds(noise=2.0))
    options = ["--learner", "forest", "--grid", "3,1", "--folds", 3, "--test-size", 0.5, "--seed", 4]
    result = run("f.h5", "model.pkcls", *options)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Random forest, 3-fold cross-validation on 30 images"
    assert [line.split()[0] for line in lines[2:4]] == ["1", "3"]
    assert pickle.loads((tmp_path / "model.pkcls").read_bytes()).skl_model.random_state == 4


def test_a_target_is_predicted_as_numbers(run, tmp_path):
    save(tmp_path / "f.csv", *slope(), label_name="angle")
    result = run("f.csv", "model", "--target")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Ridge regression, 5-fold")
    assert re.search(r"^R2    1\.000$", result.stdout, re.M)
    assert result.stdout.splitlines()[-2:] == ["model_predicted.png", "model_grid.png"]


def test_numbers_are_classes_unless_said_otherwise(run, tmp_path):
    features, labels = clouds()
    save(tmp_path / "f.csv", features, ["abc".index(label) for label in labels])
    result = run("f.csv", "model")
    assert result.exit_code == 0, result.output
    assert pickle.loads((tmp_path / "model.pkcls").read_bytes()).domain.class_var.values == ("0", "1", "2")


def test_images_without_a_label_are_left_out_and_counted(run, tmp_path):
    features, labels = clouds()
    save(tmp_path / "f.h5", features, [None, *labels[1:]])
    result = run("f.h5", "model")
    assert result.exit_code == 0, result.output
    assert "1 image without a label was left out" in result.stderr


@pytest.mark.parametrize(
    "n_each, options, message",
    [
        (20, ["--learner", "ridge"], "The labels are classes, which 'ridge' does not predict: choose one of logistic"),
        (20, ["--grid", "0"], "Values of C have to be numbers above 0"),
        (
            4,
            [],
            "3 of 3 classes have too few images: a (4), b (4), c (4). 5 folds and the test together need 7 of each: "
            "choose --folds 3, or embed more images of them.",
        ),
        (20, ["--test-size", "0.99"], "leaves 0 to train on, and 5 folds of 3 classes need 15"),
        (20, ["--target"], "'a' is not a number"),
    ],
)
def test_what_cannot_be_trained_is_said_in_one_line(run, tmp_path, n_each, options, message):
    save(tmp_path / "f.h5", *clouds(n_each=n_each))
    result = run("f.h5", "model", *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["f.h5"]


def test_model_stays_where_an_image_cannot_be_drawn(run, tmp_path, monkeypatch):
    def fail(training):
        raise ValueError("it is too odd")

    save(tmp_path / "f.h5", *clouds())
    monkeypatch.setattr(files, "draw_confusion", fail)
    result = run("f.h5", "model")
    assert result.exit_code == 2
    assert result.stdout.splitlines()[-2:] == ["test accuracy: 1.000", "model.pkcls"]
    assert "model_confusion.png cannot be drawn (it is too odd); the model is written." in result.stderr
    assert (tmp_path / "model.pkcls").exists()


def test_classes_may_be_called_like_formulas(run, tmp_path):
    features, labels = clouds()
    names = {"a": "$_$", "b": "$\\foo$", "c": "100 $"}
    save(tmp_path / "f.h5", features, [names[label] for label in labels])
    assert run("f.h5", "model").exit_code == 0


@pytest.mark.parametrize("labels, message", [(None, "no labels"), ("a", "All labels are a")])
def test_labels_of_a_csv_file_are_checked_before_its_features_are_read(run, tmp_path, labels, message):
    features, _ = clouds()
    save(tmp_path / "f.csv", features, [labels] * 60)
    with (tmp_path / "f.csv").open("a") as file:
        file.write(f"{labels or ''}{',no number' * 6}\n")
    result = run("f.csv", "model")
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_features_of_a_csv_file_that_do_not_fit_into_memory_are_not_read(run, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 2**29)
    monkeypatch.setattr("orangecontrib.transferlearning.features.csv_file._numbers", None)
    save(tmp_path / "f.csv", *clouds())
    assert "60 x 6 features needs about 0.6 GiB" in run("f.csv", "model").stderr


@pytest.mark.parametrize(
    "options, remark",
    [
        (["--grid", "1e-6,0.1"], "larger values of C may be better still (--grid)"),
        (["--grid", "0.1,1e6"], "smaller values of C may be better still (--grid)"),
        (["--grid", "1e-6,0.1,1e6"], ""),
        (["--learner", "forest", "--grid", "1,60"], ""),
    ],
)
def test_best_value_at_the_end_of_the_grid_is_remarked(run, tmp_path, options, remark):
    save(tmp_path / "f.h5", *clouds(n_each=40, noise=2.5, n_features=40))
    result = run("f.h5", "model", *options)
    assert result.exit_code == 0, result.output
    assert ("may be better still" in result.stderr) == bool(remark)
    assert remark in result.stderr


def test_a_grid_that_is_no_numbers_is_refused(run, tmp_path):
    result = run("f.h5", "model", "--grid", "a,b")
    assert result.exit_code == 2
    assert "'a,b' is not numbers between commas; say 0.1,1,10" in result.stderr


def test_outputs_that_are_there_are_refused_before_anything_is_read(run, tmp_path):
    (tmp_path / "model_grid.png").write_text("mine")
    result = run("missing.h5", "model")
    assert result.exit_code == 2
    assert "model_grid.png is there already" in result.stderr
    save(tmp_path / "f.h5", *clouds())
    assert run("f.h5", "model", "--overwrite").exit_code == 0
    assert (tmp_path / "model_grid.png").read_bytes().startswith(b"\x89PNG")


def test_features_that_do_not_fit_into_memory_are_refused_with_a_number(run, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 2**29)
    save(tmp_path / "f.h5", *clouds())
    result = run("f.h5", "model")
    assert result.exit_code == 2
    assert re.search(r"60 x 6 features needs about 0\.6 GiB of memory, and 0\.5 GiB are free", result.stderr)


def test_interrupt_leaves_nothing_behind(run, tmp_path, monkeypatch):
    def stop(*arguments, **settings):
        raise KeyboardInterrupt

    save(tmp_path / "f.h5", *clouds())
    monkeypatch.setattr("sklearn.linear_model.LogisticRegression.fit", stop)
    result = run("f.h5", "model")
    assert result.exit_code == 130
    assert "Stopped" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["f.h5"]


def test_same_seed_gives_the_same_output(run, tmp_path):
    save(tmp_path / "f.h5", *clouds(noise=2.0))
    one, other = (run("f.h5", "model", "--overwrite").stdout for _ in range(2))
    assert one == other
    assert np.unique(one.splitlines()).size > 8


def test_classes_with_few_images_are_left_out_and_named(run, tmp_path):
    features = np.random.default_rng(0).normal(size=(26, 3)).astype(np.float32)
    save(tmp_path / "rare.h5", features, ["a"] * 12 + ["b"] * 12 + ["rare", "too"])
    refused = run("rare.h5", "model", "--folds", 2)
    assert refused.exit_code == 2
    assert "2 of 4 classes have too few images: rare (1), too (1)" in refused.output
    small = ["network", "rare.h5", "small", "--min-images", "3", "--epochs", "2"]
    for done in (run("rare.h5", "model", "--min-images", 3), CliRunner().invoke(cli.main, small)):
        assert done.exit_code == 0, done.output
        assert "2 classes left out (--min-images): rare (1), too (1)\n" in done.output
        assert "without a label" not in done.output
