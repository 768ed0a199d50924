"""Epochs noted, joined and written down."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import Cancelled
from orangecontrib.transferlearning.history import Epoch, History, best_place, note_epochs


def epochs(*losses):
    return tuple(Epoch(loss, 0.5, val_loss, 0.25) for loss, val_loss in losses)


def test_best_epoch_has_the_lowest_validation_loss_or_is_the_last():
    assert best_place(epochs((3, 2), (2, 1), (1, 1), (0, 4))) == 1
    assert best_place([Epoch(3), Epoch(2), Epoch(5)]) == 2


def test_second_phase_goes_on_where_the_first_ended():
    first, second = History(epochs((3, 2), (2, 3)), 0), History(epochs((1, 1), (0, 0.5)), 1)
    joined = first.followed_by(second)
    assert joined == History(epochs((3, 2), (2, 3), (1, 1), (0, 0.5)), 3, 2)
    assert first.followed_by(second, kept_first=True).kept == 0


def test_csv_has_a_line_an_epoch():
    history = History((Epoch(1.5), *epochs((0.25, 1 / 3), (0.1, 2))), 1, 2)
    assert history.to_csv().splitlines() == [
        "epoch,phase,loss,accuracy,val_loss,val_accuracy,kept",
        "1,1,1.5,,,,0",
        "2,1,0.25,0.5,0.333333,0.25,1",
        "3,2,0.1,0.5,2,0.25,0",
    ]


@pytest.fixture
def line():
    """A compiled network of one weight, which fits y = 2 x."""
    import keras

    number = keras.Input((1,))
    model = keras.Model(number, keras.layers.Dense(1, kernel_initializer="zeros", name="line")(number))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


def test_keras_tells_of_every_epoch_and_batch(line):
    noted, told = [], []
    x = np.ones((4, 1), "float32")
    callback = note_epochs(noted, 3, 2, told.append)
    line.fit(x, 2 * x, batch_size=2, epochs=3, validation_data=(x, 2 * x), callbacks=[callback], verbose=0)
    assert told == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])
    assert [epoch.accuracy for epoch in noted] == [None] * 3
    assert noted[-1].val_loss == pytest.approx(float(line.evaluate(x, 2 * x, verbose=0)))
    assert noted[0].loss > noted[1].loss


def test_callback_that_cancels_stops_the_training(line):
    def stop(fraction):
        raise Cancelled

    x = np.ones((4, 1), "float32")
    noted = []
    with pytest.raises(Cancelled):
        line.fit(x, x, batch_size=2, epochs=3, callbacks=[note_epochs(noted, 3, 2, stop)], verbose=0)
    assert noted == []


def test_epoch_says_what_it_has():
    assert str(Epoch(1.5)) == "loss 1.500"
    assert str(Epoch(1.5, 0.5, 2, 0.25)) == "loss 1.500 (validation 2.000), accuracy 0.500 (validation 0.250)"
