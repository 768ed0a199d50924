"""Pictures of a training: which class is taken for which, predicted against true, and the curve of the grid."""

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix

from .colours import BLUE, GREY, ORANGE
from .curves import HALO
from .scores import Tested, score_accuracy, score_target
from .training import Training

_MAX_NUMBERED = 40
_MAX_CELLS_SIDE = 26
"""Of all cells of a confusion matrix, in inches."""


def draw_confusion(tested: Tested) -> Figure:
    """Draw which class of the test is taken for which; colours are shares of the true class, numbers are pictures.

    Parameters
    ----------
    tested : Tested
        Of classes. Above 40 classes, cells are too small for numbers; above 162, only some are named.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = len(tested.classes)
    counts = confusion_matrix(tested.truth, tested.predicted, labels=np.arange(n))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    cell = float(np.clip(12 / n, 0.16, 0.5))
    named = range(0, n, int(np.ceil(n * cell / _MAX_CELLS_SIDE)))
    longest = max(map(len, tested.classes))
    side = min(n * cell, _MAX_CELLS_SIDE) + 1.2 + min(longest, 30) * 0.08
    figure = Figure(figsize=(max(side + 0.8, 5), max(side, 4)), layout="constrained", dpi=120)
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    size = float(np.clip(cell * 30, 5, 10))
    names = [_short(tested.classes[place]) for place in named]
    # A class may be called $_$, which is no formula.
    axes.set_xticks(named, names, rotation=0 if longest <= 3 and n <= 20 else 90, fontsize=size, parse_math=False)
    axes.set_yticks(named, names, fontsize=size, parse_math=False)
    axes.tick_params(length=0 if len(named) == n else 2)
    axes.set(xlabel="predicted", ylabel="true")
    right = score_accuracy(tested.truth, tested.predicted)
    axes.set_title(f"{tested.title}: {right:.1%} of {len(tested.truth)} test pictures right")
    if n <= _MAX_NUMBERED:
        for row, column in zip(*np.nonzero(counts), strict=True):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, counts[row, column], ha="center", va="center", color=colour, fontsize=size)
    figure.colorbar(image, ax=axes, label="share of the true class", shrink=0.7)
    return figure


def _short(name: str) -> str:
    return name if len(name) <= 30 else f"{name[:29]}\u2026"


def draw_targets(tested: Tested) -> Figure:
    """Draw predicted against true numbers of the test.

    Parameters
    ----------
    tested : Tested
        Of numbers.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(6, 6), layout="constrained", dpi=120)
    axes = figure.add_subplot(aspect="equal")
    both = np.concatenate([tested.truth, tested.predicted])
    margin = 0.04 * (np.ptp(both) or 1.0)
    ends = (both.min() - margin, both.max() + margin)
    axes.plot(ends, ends, color=GREY, linewidth=1, zorder=0)
    axes.scatter(tested.truth, tested.predicted, s=16, alpha=0.6, color=BLUE, edgecolors="none")
    score = score_target(tested.truth, tested.predicted)
    title = f"{tested.title}: R2 {score.r2:.3f} on {len(tested.truth)} test pictures"
    axes.set(xlim=ends, ylim=ends, xlabel="true", ylabel="predicted", title=title)
    return figure


def draw_grid(training: Training) -> Figure:
    """Draw the cross-validated score over the values of the grid: folds, mean, standard deviation, the best marked.

    Parameters
    ----------
    training : Training
        Of a learner with a parameter.

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
    axes.plot(np.repeat(values, folds.shape[1]), folds.ravel(), ".", color=GREY, markersize=4, label="a fold")
    axes.plot(values, means, "-o", color=BLUE, markersize=5, label="mean")
    best = training.best
    axes.plot([best.value], [best.mean], "o", color=ORANGE, markersize=9)
    is_first = best.value == min(values)  # Beside the folds, not over them.
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
