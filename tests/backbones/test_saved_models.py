"""Saved models: their last layer, errors on opening, and packing."""

import re

import keras
import numpy as np
import pytest

from orangecontrib.transferlearning.backbones.saved_models import last_layer, open_saved, pack_network
from orangecontrib.transferlearning.errors import WeightsError


def test_last_layer_of_models_of_both_kinds(tmp_path):
    inputs = keras.Input((4, 4, 3))
    x = keras.layers.Flatten(name="flat")(inputs)
    keras.Model(inputs, keras.layers.Dense(2, name="mine")(x)).save(tmp_path / "functional.keras")
    keras.Sequential([inputs, keras.layers.Flatten(), keras.layers.Dense(2, name="own")]).save(tmp_path / "row.keras")
    assert last_layer(tmp_path / "functional.keras") == "mine"
    assert last_layer(str(tmp_path / "row.keras")) == "own"


def test_what_is_no_model_or_has_several_ends_is_refused(tmp_path):
    inputs = keras.Input((4, 4, 3))
    keras.Model(inputs, [keras.layers.Flatten()(inputs), inputs]).save(tmp_path / "two.keras")
    (tmp_path / "text.keras").write_text("not a model")
    with pytest.raises(WeightsError, match="ends in several layers: save a model with one output"):
        last_layer(tmp_path / "two.keras")
    with pytest.raises(WeightsError, match="text.keras cannot be opened as a saved Keras model"):
        last_layer(tmp_path / "text.keras")
    with pytest.raises(WeightsError, match="No such file"):
        last_layer(tmp_path / "nosuch.keras")


Scale = type("Scale", (keras.layers.Identity,), {"__module__": "of_somebody_else"})


@pytest.mark.parametrize("layer, reason", [
    (keras.layers.Lambda(lambda maps: maps * 2), "it has a Lambda layer, and code from a file is not run."),
    (Scale(), "Keras has no Scale; a script that defines and registers it can open the file."),
])  # fmt: skip
def test_layers_that_are_not_opened_are_said_in_a_sentence(tmp_path, layer, reason):
    inputs = keras.Input((8, 8, 3))
    path = tmp_path / "own.keras"
    keras.Model(inputs, layer(inputs)).save(path)
    with pytest.raises(
        WeightsError, match=f"{re.escape(str(path))} cannot be opened as a saved Keras model: {reason}$"
    ):
        open_saved(path)


@pytest.mark.parametrize("n_bytes", [0, 10, -100])
def test_damaged_model_is_called_damaged(tmp_path, n_bytes):
    inputs = keras.Input((8, 8, 3))
    path = tmp_path / "cut.keras"
    keras.Model(inputs, keras.layers.Flatten()(inputs)).save(path)
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(WeightsError, match="cut.keras cannot be opened .*: it is damaged, or another kind of file.$"):
        open_saved(path)


def test_network_comes_back_with_its_values(tmp_path):
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(2, name="out")(inputs))
    (tmp_path / "again.keras").write_bytes(pack_network(model))
    again = keras.saving.load_model(tmp_path / "again.keras")
    x = np.arange(6, dtype="float32").reshape(2, 3)
    np.testing.assert_array_equal(again.predict_on_batch(x), model.predict_on_batch(x))
