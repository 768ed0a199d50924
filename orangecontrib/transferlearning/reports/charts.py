"""Draw charts of a training: learning curves, confusion matrix, predicted against true, scores over the grid."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import PercentFormatter
from sklearn.metrics import confusion_matrix

from ..plurals import pl
from ..training.history import History
from ..training.scores import TestedPredictions, score_accuracy, score_target
from ..training.training import Training
from ..visible_text import visible
from .style import BLUE, GRAY, ORANGE, epoch_ticks, shorten

HALO = withStroke(linewidth=3, foreground="white")
"""White outline of numbers over lines."""

_MAX_MARKED = 40


def draw_curves(history: History, title: str = "") -> Figure:
    """Draw accuracy and loss over the epochs, and mark the epoch that was kept.

    Parameters
    ----------
    history : History
        Without accuracies, only the loss is drawn. A line marks the beginning of a second phase.
    title : str
        Title of the figure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = [name for name in ("accuracy", "loss") if getattr(history.epochs[0], name) is not None]
    figure = Figure(figsize=(0.8 + 4.8 * len(names), 4.2), layout="constrained", dpi=120)
    figure.suptitle(visible(title), parse_math=False)
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        _draw_one(axes, history, name)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure


def _draw_one(axes: Axes, history: History, name: str) -> None:
    trained = [getattr(epoch, name) for epoch in history.epochs]
    validated = [getattr(epoch, f"val_{name}") for epoch in history.epochs]
    numbers = range(1, len(trained) + 1)
    marked = len(trained) <= _MAX_MARKED
    axes.plot(numbers, trained, "-o" if marked else "-", color=BLUE, markersize=3, label="training")
    shown = trained
    if None not in validated:
        axes.plot(numbers, validated, "--s" if marked else "--", color=ORANGE, markersize=3, label="validation")
        shown = validated
    _mark_kept(axes, history, shown, name)
    axes.margins(y=0.16)
    margin = 0.03 * (len(trained) - 1) or 0.5
    axes.set(xlabel="epoch", ylabel=name, xlim=(1 - margin, len(trained) + margin))
    axes.set_xticks(epoch_ticks(len(trained)))
    axes.grid(axis="y", alpha=0.3)
    if name == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    if history.second_phase is not None:
        _mark_phases(axes, history.second_phase, len(trained))


def _mark_kept(axes: Axes, history: History, shown: Sequence[float], name: str) -> None:
    value = shown[history.kept]
    text = f"{value:.1%}" if name == "accuracy" else f"{value:.3g}"
    label = f"kept: epoch {history.kept + 1} ({history.reason})"
    axes.plot(history.kept + 1, value, "o", markersize=10, markerfacecolor="none", markeredgecolor="black",
              clip_on=False, label=label)  # fmt: skip
    # Accuracies rise up to the kept epoch and losses fall: write below or above the curve.
    below = name == "accuracy"
    place = history.kept / max(len(shown) - 1, 1)
    side = "center" if len(shown) < 4 or 0.1 < place < 0.9 else "right" if place > 0.5 else "left"
    axes.annotate(text, (history.kept + 1, value), (0, -11 if below else 11), textcoords="offset points",
                  ha=side, va="top" if below else "bottom", fontweight="bold", path_effects=[HALO])  # fmt: skip


def _mark_phases(axes: Axes, second_phase: int, n_epochs: int) -> None:
    border = second_phase + 0.5
    axes.axvline(border, color=GRAY, linewidth=1.2)
    left, right = axes.get_xlim()
    for middle, text in ((second_phase / 2 + 0.5, "head"), ((second_phase + n_epochs) / 2 + 0.5, "fine-tuning")):
        place = (middle - left) / (right - left)
        # Beside a narrow phase, the text would extend beyond the chart.
        side = "left" if place < 0.1 else "right" if place > 0.9 else "center"
        end = {"left": 0, "right": 1}.get(side, place)
        axes.annotate(text, (end, 1.01), xycoords="axes fraction", ha=side, va="bottom")


_MAX_NUMBERED = 40
_MAX_NAME = 30
_MAX_CELLS_SIDE = 26
"""Largest side of a confusion matrix in inches."""


def draw_confusion(tested: TestedPredictions) -> Figure:
    """Draw a confusion matrix of the test; colors are shares of the true class, numbers are counts of images.

    Parameters
    ----------
    tested : TestedPredictions
        Predicted classes. Above 40 classes, cells have no numbers; above 162, only some classes are named.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = len(tested.classes)
    counts = confusion_matrix(tested.truth, tested.predicted, labels=np.arange(n))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    cell = float(np.clip(12 / n, 0.16, 0.5))
    named = range(0, n, int(np.ceil(n * cell / _MAX_CELLS_SIDE)))
    longest = max(len(visible(name)) for name in tested.classes)
    side = min(n * cell, _MAX_CELLS_SIDE) + 1.2 + min(longest, _MAX_NAME) * 0.08
    figure = Figure(figsize=(max(side + 0.8, 5), max(side, 4)), layout="constrained", dpi=120)
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    size = float(np.clip(cell * 30, 5, 10))
    names = [shorten(tested.classes[class_index], _MAX_NAME) for class_index in named]
    # The name of a class, such as $_$, is not a formula.
    axes.set_xticks(named, names, rotation=0 if longest <= 3 and n <= 20 else 90, fontsize=size, parse_math=False)
    axes.set_yticks(named, names, fontsize=size, parse_math=False)
    axes.tick_params(length=0 if len(named) == n else 2)
    axes.set(xlabel="predicted", ylabel="true")
    right = score_accuracy(tested.truth, tested.predicted)
    title = f"{tested.title}: {right:.1%} of {len(tested.truth)} test {pl(len(tested.truth), 'image')} right"
    axes.set_title(visible(title), parse_math=False)
    if n <= _MAX_NUMBERED:
        for row, column in zip(*np.nonzero(counts), strict=True):
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, counts[row, column], ha="center", va="center", color=color, fontsize=size)
    figure.colorbar(image, ax=axes, label="share of the true class", shrink=0.7)
    return figure


def draw_targets(tested: TestedPredictions) -> Figure:
    """Draw the predicted numbers of the test over the true ones.

    Parameters
    ----------
    tested : TestedPredictions
        Predicted numbers.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(6, 6), layout="constrained", dpi=120)
    axes = figure.add_subplot(aspect="equal")
    both = np.concatenate([tested.truth, tested.predicted])
    margin = 0.04 * (np.ptp(both) or 1.0)
    ends = (both.min() - margin, both.max() + margin)
    axes.plot(ends, ends, color=GRAY, linewidth=1, zorder=0)
    axes.scatter(tested.truth, tested.predicted, s=16, alpha=0.6, color=BLUE, edgecolors="none")
    score = score_target(tested.truth, tested.predicted)
    title = f"{tested.title}: R2 {score.r2:.3f} on {len(tested.truth)} test {pl(len(tested.truth), 'image')}"
    axes.set(xlim=ends, ylim=ends, xlabel="true", ylabel="predicted")
    axes.set_title(visible(title), parse_math=False)
    return figure


def draw_grid(training: Training) -> Figure:
    """Draw the cross-validated scores over the values of the grid, with means, standard deviations and the best value.

    Parameters
    ----------
    training : Training
        Training of a learner with a parameter.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(6.4, 4.4), layout="constrained", dpi=120)
    axes = figure.add_subplot(xscale="log")
    values = [candidate.value for candidate in training.candidates]
    means = np.array([candidate.mean for candidate in training.candidates])
    spreads = np.array([candidate.spread for candidate in training.candidates])
    axes.fill_between(values, means - spreads, means + spreads, color=BLUE, alpha=0.15, linewidth=0,
                      label="standard deviation")  # fmt: skip
    folds = np.array([candidate.scores for candidate in training.candidates])
    axes.plot(np.repeat(values, folds.shape[1]), folds.ravel(), ".", color=GRAY, markersize=4, label="a fold")
    axes.plot(values, means, "-o", color=BLUE, markersize=5, label="mean")
    best = training.best
    axes.plot([best.value], [best.mean], "o", color=ORANGE, markersize=9)
    is_first = best.value == min(values)  # write beside the folds
    axes.annotate(f"{best.value:g}: {best.mean:.3f}", (best.value, best.mean), (11 if is_first else -11, 9),
                  textcoords="offset points", ha="left" if is_first else "right", fontweight="bold",
                  path_effects=[HALO])  # fmt: skip
    axes.set_xticks(values, [f"{value:g}" for value in values])
    axes.minorticks_off()
    axes.legend(frameon=False, fontsize=8, loc="lower center", ncols=3)
    axes.margins(x=0.1, y=0.18)
    axes.grid(axis="y", alpha=0.3)
    measure = "R2" if training.is_target else "accuracy"
    title = f"{training.title}: {len(best.scores)}-fold cross-validation"
    axes.set(xlabel=training.learner.parameter_title, ylabel=measure, title=title)
    return figure
