"""A model and its images on disk."""

import pickle

import pytest
from PIL import Image

from orangecontrib.transferlearning.errors import ImageReadError, SinkError
from orangecontrib.transferlearning.orange.models import make_model
from orangecontrib.transferlearning.reports import files
from orangecontrib.transferlearning.reports.files import (
    ENDINGS_BESIDE,
    HEAD_KINDS,
    TRAINING_KINDS,
    TUNING_KINDS,
    open_model_output,
    write_head_training,
    write_training,
)
from orangecontrib.transferlearning.training.head_settings import HeadSettings
from orangecontrib.transferlearning.training.head_training import plan_head, train_planned_head
from orangecontrib.transferlearning.training.training import train

from ..samples_training import clouds, slope


def write(path, training, **options):
    with open_model_output(path, ".pkcls", TRAINING_KINDS, **options) as file:
        pickle.dump(make_model(training, "Class", [f"n{i}" for i in range(6)]), file)
    return [file.path, *write_training(training, file.path)]


def test_model_and_images_of_classes(tmp_path):
    paths = write(tmp_path / "m", train(*clouds()))
    assert [path.name for path in paths] == ["m.pkcls", "m_confusion.png", "m_grid.png"]
    assert pickle.loads(paths[0].read_bytes()).name == "Logistic regression"
    assert all(min(Image.open(path).size) > 300 for path in paths[1:])


def test_images_of_numbers_without_a_grid_replace_those_of_classes(tmp_path):
    write(tmp_path / "m", train(*clouds()))
    training = train(*slope(n_features=6), "linear", is_target=True)
    with pytest.raises(SinkError, match="m.pkcls is there already"):
        write(tmp_path / "m", training)
    write(tmp_path / "m", training, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.pkcls", "m_predicted.png"]


def test_nothing_appears_when_writing_the_model_fails(tmp_path):
    (tmp_path / "m_grid.png").write_text("of another training")
    with pytest.raises(ZeroDivisionError), open_model_output(tmp_path / "m", ".pkcls", TRAINING_KINDS, overwrite=True):
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["m_grid.png"]


@pytest.mark.parametrize("error, why", [(ValueError("no such size"), "no such size"), (MemoryError(), "little memory")])
def test_image_that_cannot_be_drawn_does_not_cost_the_model(tmp_path, monkeypatch, error, why):
    def fail(training):
        raise error

    training = train(*clouds())
    monkeypatch.setattr(files, "draw_grid", fail)
    with pytest.raises(SinkError, match=f"m_grid.png cannot be drawn .*{why}.*; the model is written"):
        write(tmp_path / "m", training)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.pkcls", "m_confusion.png"]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(SinkError, match=r"has to end with \.pkcls, not with \.pkl"):
        open_model_output(tmp_path / "m.pkl", ".pkcls", TRAINING_KINDS)


def test_image_that_cannot_be_read_is_named_and_costs_the_sheet_only(tmp_path):
    features, labels = clouds()
    training = train_planned_head(plan_head(labels, HeadSettings(epochs=1)), features)
    (tmp_path / "bad.jpg").write_text("no image")
    written = write_head_training(training, tmp_path / "m.pkcls", {int(training.test[0]): tmp_path / "bad.jpg"})
    names = [next(written).name for _ in range(3)]
    assert names == ["m_epochs.csv", "m_curves.png", "m_confusion.png"]
    with pytest.raises(ImageReadError, match="bad.jpg"):
        next(written)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jpg", *sorted(names)]


OF_TRAINING = ["m_confusion.png", "m_grid.png", "m_predicted.png"]
OF_TUNING = ["m_confusion.png", "m_curves.png", "m_epochs.csv", "m_predicted.png"]
OF_HEAD = [*OF_TUNING[:3], "m_predicted.png", "m_sheet.png"]


@pytest.mark.parametrize("ending, kinds, others, removed", [
    (".pkcls", TRAINING_KINDS, [], OF_TRAINING),
    (".pkcls", TRAINING_KINDS, ["m.keras"], OF_TRAINING),
    (".pkcls", HEAD_KINDS, ["m.keras"], [*OF_HEAD, "m_grid.png"]),
    (".keras", TUNING_KINDS, [], OF_TUNING),
    (".keras", TUNING_KINDS, ["m.pkcls"], OF_TUNING),
    (".keras", TUNING_KINDS, ["m.keras"], OF_TUNING),
    (".keras", TUNING_KINDS, ["m.keras", "m.pkcls"], OF_TUNING),
    # The replaced model's files of all kinds, unless they may be another's.
    (".pkcls", TRAINING_KINDS, ["m.pkcls"], [*OF_HEAD, "m_grid.png"]),
    (".pkcls", HEAD_KINDS, ["m.pkcls"], [*OF_HEAD, "m_grid.png"]),
    (".pkcls", TRAINING_KINDS, ["m.pkcls", "m.keras"], OF_TRAINING),
])  # fmt: skip
def test_only_files_that_are_written_beside_a_model_are_refused_and_removed(tmp_path, ending, kinds, others, removed):
    beside = [f"m{each}" for each in ENDINGS_BESIDE.values()]
    for name in (*beside, *others):
        (tmp_path / name).write_text("old")
    with pytest.raises(SinkError, match="is there already"):
        open_model_output(tmp_path / "m", ending, kinds)
    with open_model_output(tmp_path / "m", ending, kinds, overwrite=True) as file:
        file.write(b"new")
    left = {*beside, *others, f"m{ending}"} - set(removed)
    assert {path.name for path in tmp_path.iterdir()} == left
    assert {path.name for path in tmp_path.iterdir() if path.read_text() == "old"} == left - {f"m{ending}"}


@pytest.mark.parametrize(
    "ending, kinds, other", [(".keras", TUNING_KINDS, "grid"), (".pkcls", TRAINING_KINDS, "curves")]
)
def test_files_that_another_command_wrote_are_no_reason_to_refuse(tmp_path, ending, kinds, other):
    (tmp_path / f"m_{other}.png").write_text("old")
    with open_model_output(tmp_path / "m", ending, kinds) as file:
        file.write(b"new")
    assert (tmp_path / f"m_{other}.png").read_text() == "old"
