"""Curves show the numbers of the history."""

import numpy as np

from orangecontrib.transferlearning.curves import draw_curves
from orangecontrib.transferlearning.history import Epoch, History


def lines(axes):
    return {line.get_label(): np.asarray(line.get_ydata()) for line in axes.lines}


def test_accuracy_and_loss_are_drawn_with_the_kept_epoch():
    epochs = (Epoch(2.0, 0.5, 2.5, 0.4), Epoch(1.0, 0.75, 1.5, 0.7), Epoch(0.5, 1.0, 1.75, 0.6))
    accuracy, loss = draw_curves(History(epochs, 1), "flowers").axes
    np.testing.assert_array_equal(lines(accuracy)["training"], [0.5, 0.75, 1.0])
    np.testing.assert_array_equal(lines(loss)["validation"], [2.5, 1.5, 1.75])
    np.testing.assert_array_equal(lines(loss)["kept: epoch 2"], [1.5])
    assert [text.get_text() for text in accuracy.texts] == ["70.0%"]


def test_second_phase_is_marked_where_it_begins():
    epochs = tuple(Epoch(1 / n, 0.5, 1 / n, 0.5) for n in range(1, 7))
    for axes in draw_curves(History(epochs, 5, 4)).axes:
        assert [line.get_xdata()[0] for line in axes.lines][-1] == 4.5
        assert [text.get_text() for text in axes.texts][1:] == ["head", "fine-tuning"]


def test_numbers_to_predict_have_a_loss_only_and_validation_may_lack():
    figure = draw_curves(History((Epoch(2.0), Epoch(1.0)), 1))
    (axes,) = figure.axes
    assert axes.get_ylabel() == "loss"
    assert set(lines(axes)) == {"training", "kept: epoch 2"}


def test_title_is_no_formula():
    draw_curves(History((Epoch(2.0),), 0), "$_$").draw_without_rendering()
