"""Images of a training."""

import numpy as np
import pytest

from orangecontrib.transferlearning.reports.charts import draw_confusion, draw_curves, draw_grid, draw_targets
from orangecontrib.transferlearning.training.history import Epoch, History
from orangecontrib.transferlearning.training.training import train

from ..samples_training import clouds, slope


def confusion_of(n_classes, name="class {}"):
    """A training's chart where one row of the first class is taken for the second."""
    training = train(*clouds())
    training = type(training)(
        **vars(training)
        | {
            "classes": tuple(name.format(place) for place in range(n_classes)),
            "truth": np.repeat(np.arange(n_classes), 2),
            "predicted": np.array([0, 1, *np.repeat(np.arange(1, n_classes), 2)]),
        }
    )
    return draw_confusion(training)


def test_confusion_shows_shares_as_colors_and_counts_as_numbers():
    axes = confusion_of(3).axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]])
    assert [text.get_text() for text in axes.texts] == ["1", "1", "2", "2"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["class 0", "class 1", "class 2"]
    assert "83.3% of 6 test images right" in axes.get_title()


@pytest.mark.parametrize("n_classes", [2, 17, 102])
def test_labels_of_a_confusion_do_not_overlap(n_classes):
    figure = confusion_of(n_classes)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert all(left.x1 <= right.x0 + 1 for left, right in zip(boxes, boxes[1:], strict=False))
    assert max(figure.get_size_inches()) < 22


def test_thousand_classes_make_an_image_of_a_size_to_look_at_with_some_named():
    figure = confusion_of(1000)
    assert max(figure.get_size_inches()) * figure.dpi < 4000
    axes = figure.axes[0]
    assert axes.images[0].get_array().shape == (1000, 1000)
    shown = {int(tick): label.get_text() for tick, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)}
    assert 100 < len(shown) < 162
    assert all(name == f"class {place}" for place, name in shown.items())


@pytest.mark.parametrize("name", ["$_$ {}", "$\\foo{}$", "100% ${}", "$x^{}$"])
def test_names_of_classes_are_no_formulas(name):
    figure = confusion_of(3, name)
    figure.draw_without_rendering()
    assert figure.axes[0].get_yticklabels()[1].get_text() == name.format(1)


@pytest.mark.parametrize(("n_epochs", "ticks"), [(1, [1]), (9, [1, 2, 4, 6, 8, 9]), (100, [1, 20, 40, 60, 80, 100])])
def test_axes_of_curves_start_at_the_first_epoch_and_end_at_the_last(n_epochs, ticks):
    epochs = tuple(Epoch(1 / n, n / (n + 1), 2 / n, n / (n + 2)) for n in range(1, n_epochs + 1))
    for axes in draw_curves(History(epochs, n_epochs - 1)).axes:
        assert axes.get_xticks().tolist() == ticks
        left, right = axes.get_xlim()
        assert (left + right) / 2 == pytest.approx((1 + n_epochs) / 2)
        assert right - n_epochs <= max(0.5, 0.03 * n_epochs)


@pytest.mark.parametrize("second_phase", [1, 30, 58])
def test_names_of_phases_are_above_the_chart_and_not_beside_it(second_phase):
    epochs = tuple(Epoch(1 / n, n / (n + 1), 2 / n, n / (n + 2)) for n in range(1, 61))
    figure = draw_curves(History(epochs, 59, second_phase))
    figure.draw_without_rendering()
    for axes in figure.axes:
        chart = axes.get_window_extent()
        names = [text for text in axes.texts if text.get_text() in ("head", "fine-tuning")]
        assert len(names) == 2
        for box in (text.get_window_extent() for text in names):
            assert chart.x0 - 1 <= box.x0 and box.x1 <= chart.x1 + 1
            assert box.y0 >= chart.y1


def test_grid_marks_the_best_on_a_logarithmic_axis():
    training = train(*clouds(noise=2.0))
    axes = draw_grid(training).axes[0]
    assert axes.get_xscale() == "log"
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["mean"].get_ydata().tolist() == [candidate.mean for candidate in training.candidates]
    assert len(lines["a fold"].get_ydata()) == 25
    assert axes.texts[0].get_text() == f"{training.best.value:g}: {training.best.mean:.3f}"


def test_predicted_against_true_has_equal_axes():
    training = train(*slope(), is_target=True)
    axes = draw_targets(training).axes[0]
    np.testing.assert_array_equal(
        axes.collections[0].get_offsets(), np.column_stack([training.truth, training.predicted])
    )
    assert axes.get_xlim() == axes.get_ylim()


def lines(axes):
    return {line.get_label(): np.asarray(line.get_ydata()) for line in axes.lines}


def test_accuracy_and_loss_are_drawn_with_the_kept_epoch():
    epochs = (Epoch(2.0, 0.5, 2.5, 0.4), Epoch(1.0, 0.75, 1.5, 0.7), Epoch(0.5, 1.0, 1.75, 0.6))
    accuracy, loss = draw_curves(History(epochs, 1), "flowers").axes
    np.testing.assert_array_equal(lines(accuracy)["training"], [0.5, 0.75, 1.0])
    np.testing.assert_array_equal(lines(loss)["validation"], [2.5, 1.5, 1.75])
    np.testing.assert_array_equal(lines(loss)["kept: epoch 2 (lowest validation loss)"], [1.5])
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
    assert set(lines(axes)) == {"training", "kept: epoch 2 (last epoch)"}


def test_title_is_no_formula():
    draw_curves(History((Epoch(2.0),), 0), "$_$").draw_without_rendering()
