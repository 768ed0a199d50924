"""The path of a network's weights, and the check that they are there."""

import runpy
from pathlib import Path

import pytest
from keras.src.backend import config

from orangecontrib.transferlearning.backbones.backbone import weights_folder
from orangecontrib.transferlearning.backbones.registry import BACKBONES


@pytest.mark.parametrize("name", ["VGG16", "NASNetLarge"])
@pytest.mark.parametrize("top", [True, False])
def test_weights_are_here_once_their_file_is_in_the_cache_of_keras(name, top, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    record = BACKBONES[name]
    assert not record.has_local_weights(top)
    path = tmp_path / "models" / record.weights_file(top)
    path.parent.mkdir()
    path.touch()
    assert record.weights_path(top) == path
    assert record.has_local_weights(top)
    # Weights with the classifier contain all layers.
    assert record.has_local_weights(not top) == top
    assert record.uses_top_weights(False) == top


@pytest.mark.parametrize("variables", [("KERAS_HOME",), ("HOME", "USERPROFILE")], ids=" ".join)
def test_weights_folder_is_the_one_that_keras_finds(variables, tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    for variable in variables:
        monkeypatch.setenv(variable, str(tmp_path))
    keras_home = runpy.run_path(config.__file__)["keras_home"]()
    assert weights_folder() == Path(keras_home) / "models"
    assert weights_folder().is_relative_to(tmp_path)


def test_weights_folder_is_temporary_where_home_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("os.access", lambda *_: False)
    assert weights_folder().parts[-2:] == (".keras", "models")
    assert not weights_folder().is_relative_to(tmp_path)
