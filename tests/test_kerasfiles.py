"""What saved models say of themselves."""

import keras
import pytest

from orangecontrib.transferlearning.errors import WeightsError
from orangecontrib.transferlearning.kerasfiles import last_layer


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
