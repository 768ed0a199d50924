"""Networks become bytes and networks again."""

import keras
import numpy as np

from orangecontrib.transferlearning.archives import pack_network, unpack_network


def test_network_comes_back_with_its_values():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(2, name="out")(inputs))
    content = pack_network(model)
    assert content.startswith(b"PK")
    x = np.arange(6, dtype="float32").reshape(2, 3)
    np.testing.assert_array_equal(unpack_network(content).predict_on_batch(x), model.predict_on_batch(x))
