"""A model and its pictures on disk."""

import pickle

import pytest
from PIL import Image

from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.models import make_model
from orangecontrib.transferlearning.training import train
from orangecontrib.transferlearning.trainingfiles import TrainingFiles, pictures_of

from .samples_training import clouds, slope


def write(path, training, **options):
    with TrainingFiles(path, pictures_of(training), **options) as files:
        files.write(training, make_model(training, "Class", [f"n{i}" for i in range(6)]))
    return files.paths


def test_model_and_pictures_of_classes(tmp_path):
    paths = write(tmp_path / "m", train(*clouds()))
    assert [path.name for path in paths] == ["m.pkcls", "m_confusion.png", "m_grid.png"]
    assert pickle.loads(paths[0].read_bytes()).name == "Logistic regression"
    assert all(min(Image.open(path).size) > 300 for path in paths[1:])


def test_pictures_of_numbers_without_a_grid_replace_those_of_classes(tmp_path):
    write(tmp_path / "m", train(*clouds()))
    training = train(*slope(n_features=6), "linear", is_target=True)
    with pytest.raises(SinkError, match="m.pkcls is there already"):
        write(tmp_path / "m", training)
    write(tmp_path / "m", training, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.pkcls", "m_predicted.png"]


def test_nothing_appears_when_writing_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), TrainingFiles(tmp_path / "m"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(SinkError, match=r"end with \.pkcls, not \.pkl"):
        TrainingFiles(tmp_path / "m.pkl")
