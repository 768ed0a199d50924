"""Networks become bytes and networks again."""

import keras
import numpy as np

from orangecontrib.transferlearning.archives import pack_network


def test_network_comes_back_with_its_values(tmp_path):
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(2, name="out")(inputs))
    (tmp_path / "again.keras").write_bytes(pack_network(model))
    again = keras.saving.load_model(tmp_path / "again.keras")
    x = np.arange(6, dtype="float32").reshape(2, 3)
    np.testing.assert_array_equal(again.predict_on_batch(x), model.predict_on_batch(x))
